"""A database beside the one in use: made, filled from a dump, and dropped again unless it takes that one's place."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.db import connection
from psycopg import sql

from backups import server
from backups.manifest import DUMP, Manifest
from backups.server import Busy, Failed

LOCK = 0xBAC1  # one restore or drill of a database at a time
SWAP_TRIES = 10


@contextmanager
def filled(backup: Path, manifest: Manifest, purpose: str, *, rights: bool = True) -> Iterator[str]:
    """The name of a new database with the content of the dump; dropped when the block ends, if it is still there."""
    name = f"{_own()[:40]}_{purpose}"
    with server.connect(server.MAINTENANCE) as line:
        _lock(line)
        _check_roles(line, manifest, rights)
        _drop(line, name)  # of one that was killed
        try:
            line.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege:
            raise Failed(
                f"{line.info.user} may not create a database: use the role that owns the tables, after "
                f"ALTER ROLE … CREATEDB."
            ) from None
        try:
            options = ["--exit-on-error", "--no-owner", *([] if rights else ["--no-privileges"])]
            needed = max(server.major(line), manifest.program)
            server.run("pg_restore", needed, *options, str(backup / DUMP), database=name)
            yield name
        finally:
            _drop(line, name)


def check_version(line: psycopg.Connection, manifest: Manifest) -> None:
    """A dump can be restored where it comes from, or on a later PostgreSQL."""
    if server.major(line) < manifest.server:
        raise Failed(
            f"The backup comes from PostgreSQL {manifest.server} and this server is {server.major(line)}: "
            f"restore it on {manifest.server} or later."
        )


def exists(line: psycopg.Connection, name: str) -> bool:
    return bool(line.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone())


def has_tables(name: str) -> bool:
    """Whether there is anything in a database."""
    with server.connect(name) as line:
        query = "SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema'))"
        return line.execute(query).fetchone()[0]


def take_the_place_of(name: str, aside: str, scratch: str) -> bool:
    """Rename the database in use to `aside` and the scratch to its name: both or neither. False if there was none."""
    connection.close()
    with server.connect(server.MAINTENANCE) as line:
        present = exists(line, name)
        for attempt in range(1, SWAP_TRIES + 1):
            _end_sessions(line, name)
            try:
                with line.transaction():
                    if present:
                        _copy_rights(line, name, scratch)
                        _rename(line, name, aside)
                    _rename(line, scratch, name)
                return present
            except psycopg.errors.ObjectInUse as error:  # somebody connected again in between
                if attempt == SWAP_TRIES:
                    raise Failed(f"{name} is in use: stop web, worker and beat, then try again ({error}).") from None
    return present


def _own() -> str:
    return connection.settings_dict["NAME"]


def _lock(line: psycopg.Connection) -> None:
    """Until this connection ends."""
    locked = line.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", [LOCK, _own()]).fetchone()[0]
    if not locked:
        raise Busy("Another restore or drill of this database is under way.")


def _check_roles(line: psycopg.Connection, manifest: Manifest, rights: bool) -> None:
    query = "SELECT role FROM unnest(%s::text[]) AS role WHERE to_regrole(role) IS NULL"
    if rights and (unknown := [role for (role,) in line.execute(query, [manifest.roles])]):
        raise Failed(
            f"The backup gives rights to roles that do not exist on this server: {', '.join(unknown)}. "
            "Create them first, or restore with --no-rights."
        )


def _drop(line: psycopg.Connection, name: str) -> None:
    line.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _rename(line: psycopg.Connection, old: str, new: str) -> None:
    line.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(old), sql.Identifier(new)))


def _copy_rights(line: psycopg.Connection, name: str, other: str) -> None:
    """Who may connect is not in a dump: it belongs to the database itself."""
    query = """SELECT CASE grantee WHEN 0 THEN '' ELSE grantee::regrole::text END, privilege_type
        FROM pg_database, aclexplode(datacl) WHERE datname = %s"""
    rights = line.execute(query, [name]).fetchall()
    if rights:
        line.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(other)))
    for role, right in rights:
        grant = sql.SQL(f"GRANT {right} ON DATABASE {{}} TO {role or 'PUBLIC'}")  # quoted by regrole where needed
        line.execute(grant.format(sql.Identifier(other)))


def _end_sessions(line: psycopg.Connection, name: str) -> None:
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND backend_type = 'client backend'"
    )
    try:
        line.execute(query, [name])
    except psycopg.errors.InsufficientPrivilege:
        raise Failed(f"Sessions of other roles use {name}: stop web, worker and beat first.") from None
