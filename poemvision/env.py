"""Read settings from the environment; refuse nonsense in one sentence."""

import os
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
EMBEDDED_ENV = BASE_DIR / "var" / "embedded.env"
# Commands that change tables or rights, or read and put back all of it
OWNERS_WORK = {"backup", "createcachetable", "grant_rights", "migrate", "restore"}


class ConfigurationError(SystemExit):
    """A setting is missing or unusable; the message is the whole explanation."""


def load_embedded() -> None:
    """Fill the environment with what a running `bin/run` wrote for `manage.py`, without overriding."""
    path = Path(os.environ.get("EMBEDDED_ENV", EMBEDDED_ENV))
    if os.environ.get("MODE", "embedded") != "embedded" or not path.exists():
        return
    for line in path.read_text().splitlines():
        name, _, value = line.partition("=")
        os.environ.setdefault(name, value)


def text(name: str, default: str | None = None) -> str:
    """The value of `name`, or of the file that `name`_FILE points to. No default: it must be set."""
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    value = os.environ.get(name, default)
    if value is None:
        raise ConfigurationError(f"{name} is not set. .env.example explains it.")
    return value


def boolean(name: str, default: bool) -> bool:
    value = os.environ.get(name, "yes" if default else "no").strip().lower()
    if value not in ("yes", "no"):
        raise ConfigurationError(f"{name} must be yes or no, not {value!r}.")
    return value == "yes"


def integer(name: str, default: int) -> int:
    value = os.environ.get(name, str(default))
    try:
        return int(value)
    except ValueError:
        raise ConfigurationError(f"{name} must be a whole number, not {value!r}.") from None


def beginning_with(prefix: str) -> dict[str, str]:
    """Every variable that begins with `prefix`, without it: X_KEY, or X_KEY_FILE, is KEY."""
    names = {name.removesuffix("_FILE") for name, value in os.environ.items() if name.startswith(prefix) and value}
    return {name.removeprefix(prefix): text(name) for name in sorted(names)}


def words(name: str, default: str = "") -> list[str]:
    """A comma-separated list."""
    return [word.strip() for word in text(name, default).split(",") if word.strip()]


def choice(name: str, choices: tuple[str, ...], default: str) -> str:
    value = os.environ.get(name, default)
    if value not in choices:
        raise ConfigurationError(f"{name} must be one of {', '.join(choices)}, not {value!r}.")
    return value


def database(name: str) -> dict:
    """Django's database dictionary from a URL: postgresql://user:password@host:port/name?host=/socket/folder."""
    url = urlsplit(text(name))
    if url.scheme not in ("postgres", "postgresql"):
        raise ConfigurationError(f"{name} must be a postgresql:// address.")
    query = dict(pair.partition("=")[::2] for pair in url.query.split("&") if pair)
    return {
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": unquote(query.pop("host", "") or url.hostname or ""),
        "PORT": str(url.port or query.pop("port", "") or ""),
        "OPTIONS": {key: unquote(value) for key, value in query.items()},
    }


def given(name: str) -> bool:
    """Whether there is a value, or a file of it."""
    return bool(os.environ.get(name) or os.environ.get(f"{name}_FILE"))


def database_variable() -> str:
    """DATABASE_URL; for manage.py's work on the tables DATABASE_OWNER_URL, where there is one."""
    is_owners = Path(sys.argv[0]).name == "manage.py" and OWNERS_WORK.intersection(sys.argv[1:2])
    return "DATABASE_OWNER_URL" if is_owners and given("DATABASE_OWNER_URL") else "DATABASE_URL"
