"""Judge a report of pip-audit: is every pinned package in it, looked up and without a known vulnerability?"""

import json
import re
import sys
from pathlib import Path

PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;\\]+)", re.MULTILINE)


def main(report: str, words: str, *locks: str) -> int:
    """0: all looked up, nothing known. 1: something is known. 2: could not verify."""
    pins = {name_of(name): version for lock in locks for name, version in PIN.findall(Path(lock).read_text())}
    try:
        packages = json.loads(Path(report).read_text())["dependencies"]
    except (OSError, ValueError, KeyError):
        said = Path(words).read_text().strip().splitlines() if Path(words).exists() else []
        return unverified("pip-audit made no report", said[-1:])
    known = {name_of(package["name"]): package for package in packages}
    found = [
        f"{name} {package['version']}: {line}" for name, package in known.items() for line in vulnerabilities(package)
    ]
    for line in sorted(found):
        print(line)
    missing = [name for name in pins if "vulns" not in known.get(name, {}) or known[name]["version"] != pins[name]]
    if missing and not found:
        return unverified(f"{len(missing)} of {len(pins)} packages were not looked up", sorted(missing))
    if not found:
        print(f"{len(pins)} pinned packages were looked up; no vulnerability is known.")
    return 1 if found else 0


def name_of(name: str) -> str:
    """A package's name as PyPI compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def vulnerabilities(package: dict) -> list[str]:
    """One line each."""
    return [
        f"{found['id']}, mended in {', '.join(found.get('fix_versions', [])) or 'no version yet'}"
        for found in package.get("vulns", [])
    ]


def unverified(sentence: str, details: list[str]) -> int:
    print(f"Could not verify: {sentence}{': ' if details else '.'}{', '.join(details)}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
