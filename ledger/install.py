"""Load ledger/sql into the database: the migrations call it, and a later one calls it again after a change there."""

from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
FIRST, LAST = ("storage", "types"), ("rights",)
# One whose arguments changed would stay beside the new one. Those of triggers have no arguments, and are held by them
_DROP = """
DO $$
DECLARE
  found text;
BEGIN
  FOREACH found IN ARRAY (SELECT coalesce(array_agg(oid::regprocedure::text ORDER BY prokind), '{}') FROM pg_proc
                          WHERE starts_with(proname, 'ledger_') AND prorettype <> 'trigger'::regtype
                            AND pronamespace = current_schema()::regnamespace) LOOP
    EXECUTE format('DROP ROUTINE %s', found);
  END LOOP;
END $$
"""


def load(apps, schema_editor):
    """Replace every type, function and trigger of the ledger."""
    files = sorted(FOLDER.glob("*.sql"), key=lambda path: (path.stem not in FIRST, path.stem in LAST, path.stem))
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(_DROP)
        cursor.execute("SET LOCAL check_function_bodies = off")  # they call each other, whatever the order
        for file in files:
            cursor.execute(file.read_text())
