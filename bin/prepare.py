"""Make .venv hold exactly what the lock files name, and print the path of its Python. Standard library only.

POEMVISION_PYTHON names an interpreter that has everything installed already; then no .venv is made.
"""

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
INSTALLED = VENV / "installed"
NEEDED_MB = 900


def main(locks: list[str]) -> str:
    """The path of a Python in which every line of `locks` is installed."""
    if given := os.environ.get("POEMVISION_PYTHON"):
        return given
    check_platform()
    lock = (ROOT / ".venv.lock").open("w")  # two programs of bin/ at once: the second waits
    fcntl.flock(lock, fcntl.LOCK_EX)
    present = installed()
    # What bin/test installed holds everything that bin/run needs, too
    if digest(locks) not in (present or []):
        if present is None:
            make_venv()
        install(locks)
        INSTALLED.write_text("\n".join(digest(locks[:count]) for count in range(1, len(locks) + 1)))
    return str(PYTHON)


def digest(locks: list[str]) -> str:
    """One number that changes with any of these files."""
    return hashlib.sha256(b"".join((ROOT / name).read_bytes() for name in locks)).hexdigest()


def check_platform() -> None:
    """PostgreSQL and Redis come as wheels that exist for one platform."""
    here = (platform.system(), platform.machine(), platform.libc_ver()[0])
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return  # neither is needed
    if here != ("Linux", "x86_64", "glibc"):
        refuse(
            f"The PostgreSQL and Redis that come with this are for Linux on x86-64 with glibc, not {' '.join(here)}: "
            "install PostgreSQL and Redis yourself and set DATABASE_URL and REDIS_URL."
        )


def installed() -> list[str] | None:
    """What .venv was filled with; None if it is not there, half made or no longer runs."""
    try:
        subprocess.run([PYTHON, "-c", "import pip"], check=True, capture_output=True)
        return INSTALLED.read_text().split()
    except (OSError, subprocess.CalledProcessError):
        return None


def make_venv() -> None:
    """A new, empty .venv."""
    free = shutil.disk_usage(ROOT).free // 1_000_000
    if free < NEEDED_MB:
        refuse(f"The disk of {ROOT} has {free} MB free; the first start needs about {NEEDED_MB} MB.")
    shutil.rmtree(VENV, ignore_errors=True)
    made = subprocess.run([sys.executable, "-m", "venv", VENV], capture_output=True, text=True)
    if made.returncode:
        refuse(f"{sys.executable} cannot make a virtual environment (on Debian: apt install python3-venv).", made)


def install(locks: list[str]) -> None:
    """Install the pinned wheels; each must have one of the hashes that the lock file names."""
    print(f"Installing {' and '.join(locks)} …", file=sys.stderr)
    options = ["--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes", "--only-binary=:all:"]
    files = [part for name in locks for part in ("-r", name)]
    done = subprocess.run([PYTHON, "-m", "pip", "install", *options, *files], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        refuse("The packages could not be installed; pip says above why.", done)


def refuse(sentence: str, program: subprocess.CompletedProcess | None = None) -> None:
    """End with one sentence, after the last lines of the program that failed."""
    if program:
        print("\n".join((program.stdout + program.stderr).splitlines()[-8:]), file=sys.stderr)
    sys.exit(sentence)


if __name__ == "__main__":
    try:
        print(main(sys.argv[1:]))
    except OSError as error:
        refuse(f"Could not prepare {VENV}: {error}.")
    except KeyboardInterrupt:
        refuse("Stopped.")
