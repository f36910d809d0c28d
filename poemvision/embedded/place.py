"""Where the embedded mode keeps its things: the folder var/ of the clone, and as root PostgreSQL's home elsewhere."""

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
import shutil
import socket
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
VAR = ROOT / "var"
# Everything that --fresh removes; nothing else in var/ is ours
MADE = (
    "beat",
    "log",
    "media",
    "redis",
    "run",
    "sandbox",
    "embedded.env",
    "done.json",
    "secrets.json",
    "supervisor.conf",
)
ROOT_HOMES = Path("/var/lib/poemvision")
NEEDED_MB = 300


class CannotStart(SystemExit):
    """The system cannot start; the message is the whole explanation."""


def lock():
    """Make sure that this clone runs once; keep the result as long as it runs."""
    VAR.mkdir(mode=0o700, exist_ok=True)
    handle = (VAR / "lock").open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.seek(0)
        raise CannotStart(f"This clone runs already: {handle.read().strip() or 'it is just starting'}.") from None
    return handle


def say_in_lock(handle, text: str) -> None:
    """Leave a word for whoever finds the lock taken."""
    handle.truncate(0)
    handle.write(text)
    handle.flush()


def check_port(port: int) -> None:
    """Refuse a port that somebody listens on."""
    for family, host in addresses():
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                raise CannotStart(f"Port {port} is in use: choose another one with --port N.") from None


def addresses() -> list[tuple[socket.AddressFamily, str]]:
    """What `localhost` may mean in a browser here: 127.0.0.1, and ::1 where the machine has it."""
    found = [(socket.AF_INET, "127.0.0.1")]
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
        probe.bind(("::1", 0))
        found.append((socket.AF_INET6, "::1"))
    return found


def check_disk() -> None:
    """Refuse to start on a disk that is about to be full: PostgreSQL would stop in the middle of something."""
    for folder in {VAR, (VAR / "postgres").resolve()}:
        if folder.exists() and (free := shutil.disk_usage(folder).free // 1_000_000) < NEEDED_MB:
            raise CannotStart(f"The disk of {folder} is full: {free} MB free, {NEEDED_MB} MB needed.")


def postgres_home() -> Path:
    """PostgreSQL's folder: var/postgres; as root, a folder that the unprivileged account may enter, linked from there.

    The clone may lie inside a closed folder, which the project must not open for that account.
    """
    link = VAR / "postgres"
    if os.geteuid() != 0:
        link.mkdir(mode=0o700, exist_ok=True)
        return link
    if not (link.is_symlink() and link.exists() and _is_ours(link.resolve())):
        _make_root_home(link)
    home = link.resolve()
    (home / "clone").write_text(str(ROOT))
    return home


def _is_ours(home: Path) -> bool:
    """Whether the home belongs to this clone: made for it, or for the place it was moved from (but not copied from)."""
    clone = Path((home / "clone").read_text())
    return clone == ROOT or not (clone / "var" / "postgres").is_symlink()


def _make_root_home(link: Path) -> None:
    name = hashlib.sha256(str(ROOT).encode()).hexdigest()[:8]
    for left in ROOT_HOMES.glob(f"{name}-*"):
        # Never removed here: a clone that was moved away finds its data by its own link
        print(f"A former clone at this place left its data in {left}; remove that folder if nobody needs it.")
    home = ROOT_HOMES / f"{name}-{secrets.token_hex(3)}"
    for folder in (ROOT_HOMES, home):
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o711)  # whatever the umask: the account must be able to pass
    (home / "clone").write_text(str(ROOT))
    link.unlink(missing_ok=True)
    link.symlink_to(home)


def remove_everything() -> None:
    """--fresh: remove what this project made in var/, its database included."""
    link = VAR / "postgres"
    if link.is_symlink():
        if link.exists() and _is_ours(link.resolve()):
            shutil.rmtree(link.resolve())
        link.unlink()
    else:
        shutil.rmtree(link, ignore_errors=True)
    for name in MADE:
        path = VAR / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def secret(name: str, prefix: str = "", path: Path | None = None) -> str:
    """A secret of this clone, made once and kept in a file."""
    path = path or VAR / "secrets.json"
    known = json.loads(path.read_text()) if path.exists() else {}
    if name not in known:
        known[name] = prefix + secrets.token_hex(32)
        write_privately(path, json.dumps(known, indent=1))
    return known[name]


def write_privately(path: Path, text: str) -> None:
    """Replace a file at once, readable by its owner only."""
    new = path.with_name(f"{path.name}.new")
    new.unlink(missing_ok=True)
    new.touch(mode=0o600)
    new.write_text(text)
    new.replace(path)
