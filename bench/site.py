"""The project with a database of its own, behind the web server of bin/run."""

import sys
from pathlib import Path

from bench.webhook import servers
from tests import engines


def prepare(folder: Path) -> dict[str, str]:
    """Engines, tables and static files; the environment of whoever works with them. Files are kept in `folder`."""
    database = servers.create_database(engines.start_postgres(), "site")
    settings = servers.ours(database, engines.start_redis(), "http://127.0.0.1:9") | {
        "MEDIA_ROOT": str(folder / "media")
    }
    for command in (["migrate"], ["createcachetable"], ["collectstatic", "--noinput"]):
        servers.run([sys.executable, "manage.py", *command, "-v0"], settings)
    return settings


def start(settings: dict[str, str], folder: Path) -> str:
    """Its address."""
    _, port = servers.web("poemvision.wsgi", settings, folder / "web.log")
    return f"http://localhost:{port}"
