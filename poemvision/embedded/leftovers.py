"""Find and end what an earlier run of this clone left behind, for instance after `kill -9` of its supervisor."""

import contextlib
import os
import signal
import time
from pathlib import Path

MARK = "POEMVISION_VAR"  # each process started by bin/run has it in its environment
ENGINES = ("postgres", "redis-server")  # these overwrite their environment; they are known by the folder they work in


def end(var: Path, postgres_home: Path | None, *, patience: float = 10) -> None:
    """Stop every left-over process: asked first, killed when it does not listen."""
    ask = {pid: signal.SIGINT if _engine(pid) else signal.SIGTERM for pid in of(var, postgres_home)}
    for pid, how in ask.items():
        _send(pid, how)
    deadline = time.monotonic() + patience
    while of(var, postgres_home) and time.monotonic() < deadline:
        time.sleep(0.1)
    while left := of(var, postgres_home):
        for pid in left:
            _send(pid, signal.SIGKILL)
        time.sleep(0.1)
    if postgres_home:
        # Nobody runs there now. PostgreSQL would believe in this file if its number were in use by anybody else
        (postgres_home / "data" / "postmaster.pid").unlink(missing_ok=True)


def of(var: Path, postgres_home: Path | None) -> list[int]:
    """The processes of this clone, except ourselves."""
    folders = {str(var / "redis")} | ({str(postgres_home / "data")} if postgres_home else set())
    mark = f"{MARK}={var}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with contextlib.suppress(OSError):  # gone by now, or somebody else's
            engine = _engine(int(entry.name)) and str((entry / "cwd").readlink()) in folders
            if (engine or mark in (entry / "environ").read_bytes().split(b"\0")) and not _dead(entry):
                found.append(int(entry.name))
    return found


def _engine(pid: int) -> bool:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/exe").readlink().name.removesuffix(" (deleted)") in ENGINES
    return False


def _dead(entry: Path) -> bool:
    """Whether the process has ended and only waits for its parent to notice."""
    return (entry / "stat").read_text().rpartition(")")[2].split()[0] == "Z"


def _send(pid: int, how: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)
