"""Things that the audit tests need."""

from django.db import connection

from audit.models import record


def seal():
    """Let the deferred trigger chain what this test has written, as a commit would."""
    connection.check_constraints()


def make_event(verb="thing.changed", *, actor=None, **fields):
    event = record(actor, verb, "thing:1", **fields)
    seal()
    event.refresh_from_db()
    return event


def tamper(statement, parameters=()):
    """Change the table as an attacker with the database's superuser could: with the triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement, parameters)
        cursor.execute("SET LOCAL session_replication_role = origin")
