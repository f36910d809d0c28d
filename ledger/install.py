"""Load ledger/sql into the database: the migrations call it, and a later one calls it again after a change there."""

from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
FIRST, LAST = ("storage", "types"), ("rights",)


def load(apps, schema_editor):
    """Replace every type, function and trigger of the ledger."""
    files = sorted(FOLDER.glob("*.sql"), key=lambda path: (path.stem not in FIRST, path.stem in LAST, path.stem))
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SET LOCAL check_function_bodies = off")  # they call each other, whatever the order
        for file in files:
            cursor.execute(file.read_text())
