"""Prove that a restored database is whole: the manifest's figures, the ledger's rules, the audit log's chain."""

import os
import subprocess
import sys
from collections.abc import Callable
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db.migrations.loader import MigrationLoader

from backups import figures, server
from backups.manifest import Manifest
from backups.server import Failed


def check_code(manifest: Manifest) -> None:
    """Older code must not run on newer tables."""
    known = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    if unknown := [f"{app}.{name}" for app, name in manifest.migrations.items() if (app, name) not in known]:
        raise Failed(
            f"The backup was made by newer code, or by code of another installation ({', '.join(unknown)} is not known "
            "here): install the release that made it, then restore."
        )


def prove(name: str, manifest: Manifest, say: Callable[[str], None]) -> None:
    """Compare, migrate forward and check the database `name`; say each result, raise when one of them is bad."""
    problems = list(_differences(name, manifest))
    if not problems:
        say(f"Its {len(manifest.figures)} figures are those of the manifest.")
    checked = _checked(name, manifest)
    for line in checked.stdout.splitlines():
        say(line)
    if checked.returncode:
        problems.append(checked.stderr.strip()[-4000:])
    if problems:
        raise Failed("\n".join(["The restored database is not what was backed up.", *problems]))


def _differences(name: str, manifest: Manifest):
    with server.connect(name) as line:
        found = figures.read(line)
    for figure, said in manifest.figures.items():
        if found.get(figure) != said:
            yield f"{figure}: {found.get(figure, 'not known to this code')}, and {said} in the manifest."


def _checked(name: str, manifest: Manifest) -> subprocess.CompletedProcess:
    """Migrate and check another database than ours, see inside.py."""
    environment = {**os.environ, "DATABASE_URL": url(name), "STATEMENT_TIMEOUT": "0"}
    environment.pop("DATABASE_URL_FILE", None)
    return subprocess.run(  # noqa: S603 - our own module
        [sys.executable, "-m", "backups.inside", manifest.figures[figures.HEAD]],
        cwd=settings.BASE_DIR,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )


def url(name: str) -> str:
    """What DATABASE_URL would say."""
    where = server.parameters(name)
    user, password = (quote(str(where.pop(part, "")), safe="") for part in ("user", "password"))
    path = quote(where.pop("dbname"), safe="")
    where.pop("connect_timeout", None)  # settings.py adds its own
    return f"postgresql://{user}:{password}@/{path}?{urlencode(where, quote_via=quote)}"
