"""Load ledger/sql into the database: the migrations call it, and a later one calls it again after a change there."""

from pathlib import Path

FOLDER = Path(__file__).parent / "sql"
FIRST = ("types", "answers", "accounts", "lock", "book", "lots")


def load(apps, schema_editor):
    """Replace every type, function and trigger of the ledger."""
    names = [*FIRST, *sorted(path.stem for path in FOLDER.glob("*.sql") if path.stem not in FIRST)]
    with schema_editor.connection.cursor() as cursor:
        for name in names:
            cursor.execute((FOLDER / f"{name}.sql").read_text())
