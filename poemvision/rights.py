"""What the application's role may do in PostgreSQL. Tables belong to another role, the owner, which migrates.

A table that is not named here is an ordinary one: SELECT, INSERT, UPDATE and DELETE. tests/test_rights.py names those
too, so that each new table is a decision. The ledger is written by its functions, which run as the owner.
"""

from django.db import connection, transaction
from psycopg import sql

READ, ADD = "SELECT", "SELECT, INSERT"
ORDINARY = "SELECT, INSERT, UPDATE, DELETE"
PROTECTED = {
    "accounting_monthclose": ADD,
    "accounting_restatement": ADD,
    "accounting_timebaseline": ADD,
    "audit_auditcheck": f"{ADD}, UPDATE (at, through, head, problem)",
    "audit_auditevent": ADD,
    "billing_stripeevent": f"{ADD}, UPDATE (state, attempts, error, applied_at)",
    "django_migrations": READ,
    "ledger_account": READ,
    "ledger_checkpoint": READ,
    "ledger_entry": READ,
    "ledger_hold": READ,
    "ledger_lot": READ,
    "ledger_transaction": READ,
    "ledger_wallet": READ,
    "memberships_movement": ADD,
    "memberships_version": ADD,
    "sitestats_acquisition": f"{ADD}, UPDATE (campaign, landing_path, medium, referrer, share_target)",
}

# Partitions are reached through their table only
TABLES = """SELECT relname::text FROM pg_class WHERE relnamespace = current_schema()::regnamespace
    AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname"""
# The entrances of the ledger (see ledger/sql/rights.sql), what only reads, the way to empty an event of Stripe, and
# the days of page views and their salts
FUNCTIONS = """SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
    AND (starts_with(proname, 'ledger_') AND prorettype <> 'trigger'::regtype AND (prosecdef OR provolatile <> 'v')
        OR proname IN ('billing_redact_event', 'sitestats_make_partition', 'sitestats_drop_partitions',
            'sitestats_destroy_salts'))"""
# PostgreSQL lets everybody keep large objects: bytes outside every table, which no right on a table restrains
LARGE_OBJECTS = """SELECT oid::regprocedure::text FROM pg_proc WHERE pronamespace = 'pg_catalog'::regnamespace
    AND proname ~ '^(lo_|loread$|lowrite$)' AND has_function_privilege('public', oid, 'EXECUTE')"""
MIGHT = """SELECT r.rolsuper OR r.rolcreaterole, ARRAY(
        SELECT t.relname::text FROM pg_class t
        WHERE t.relnamespace = current_schema()::regnamespace AND t.relname = ANY (%s) AND (
            pg_has_role(t.relowner, 'MEMBER') OR has_table_privilege(t.oid, 'UPDATE, DELETE, TRUNCATE'))
        ORDER BY t.relname)
    FROM pg_roles r WHERE r.rolname = current_user"""


def too_mighty() -> str:
    """Why the role that is connected is none for the application; empty where it is one."""
    with connection.cursor() as cursor:
        cursor.execute(MIGHT, [list(PROTECTED)])
        above_all, tables = cursor.fetchone()
    who = f"the database role {connection.settings_dict['USER']}"
    if above_all:
        return f"{who} is a superuser or may create roles."
    return f"{who} may change what is kept in {tables[0]}." if tables else ""


def exists(role: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM pg_roles WHERE rolname = %s", [role])
        return cursor.fetchone() is not None


def grant(role: str) -> None:
    """Give `role` exactly its rights, in one transaction: a running application notices nothing.

    The owner calls it after every migrate; until then a new table is closed to the application.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT current_schema(), current_database()")
        schema, database = map(sql.Identifier, cursor.fetchone())
        names = {"schema": schema, "database": database, "role": sql.Identifier(role)}

        def run(statement, **more) -> None:
            cursor.execute(sql.SQL(statement).format(**names, **more))

        run("REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC")
        run("REVOKE TEMPORARY ON DATABASE {database} FROM PUBLIC")
        for everything in ("TABLES", "SEQUENCES", "FUNCTIONS"):
            run(f"REVOKE ALL ON ALL {everything} IN SCHEMA {{schema}} FROM {{role}}")
        if _column(cursor, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == [True]:
            for function in _column(cursor, LARGE_OBJECTS):  # else the superuser who makes the database does it
                run("REVOKE EXECUTE ON FUNCTION pg_catalog.{function} FROM PUBLIC", function=sql.SQL(function))
        run("GRANT USAGE ON SCHEMA {schema} TO {role}")
        for table in _column(cursor, TABLES):
            run(f"GRANT {PROTECTED.get(table, ORDINARY)} ON {{table}} TO {{role}}", table=sql.Identifier(table))
        for function in _column(cursor, FUNCTIONS):
            run("GRANT EXECUTE ON FUNCTION {function} TO {role}", function=sql.SQL(function))


def _column(cursor, query: str) -> list[str]:
    cursor.execute(query)
    return [row[0] for row in cursor.fetchall()]
