# Sourced by the programs in bin/: finds a Python that fits and goes to the project's folder.
cd "$(dirname "$0")/.."

found=""
for candidate in "${POEMVISION_PYTHON:-}" .venv/bin/python python3.12 python3.11 python3 python; do
    # Run it: a name on the PATH may be a shim that leads nowhere
    release=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case "$release" in
        3.11 | 3.12) PYTHON=$candidate; return 0 ;;
        *) found="$found $release" ;;
    esac
done
echo "This needs Python 3.11 or 3.12 on the PATH; found:${found:- no Python at all}." >&2
exit 1
