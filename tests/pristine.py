"""A database put back in place to what it held: a clone is a thousand files, which cost more than most tests.

Only rows and sequences are put back. Where anything else has changed, whoever asked is told so, and clones.
"""

import psycopg

PATIENCE = 60_000  # milliseconds for a session to end
# A change of tables, functions, triggers, rights, settings or statistics leaves the number of its transaction in these
CATALOGUES = (
    *("pg_attrdef", "pg_attribute", "pg_class", "pg_constraint", "pg_db_role_setting", "pg_default_acl"),
    *(
        "pg_description",
        "pg_event_trigger",
        "pg_extension",
        "pg_index",
        "pg_namespace",
        "pg_policy",
        "pg_proc",
        "pg_rewrite",
    ),
    *("pg_sequence", "pg_statistic", "pg_statistic_ext", "pg_trigger", "pg_type"),
)
DATABASE = "SELECT oid, xmin::text FROM pg_database WHERE datname = %s"
SEQUENCES = "SELECT format('%I.%I', schemaname, sequencename), last_value, start_value FROM pg_sequences"
WRITTEN = """SELECT oid::regclass::text FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0"""
STUBBORN = """SELECT tgrelid::regclass::text, quote_ident(tgname) FROM pg_trigger
    WHERE tgenabled = 'A' AND tgrelid::regclass::text = ANY(%s)"""  # they fire for a replica's writes too


class Pristine:
    """What the database `name` holds now; `connect(name)` gives an autocommit connection to a database.

    A superuser alone can put it back: the ledger refuses everybody else.
    """

    def __init__(self, name: str, other: str, connect):
        self.name, self.other, self.connect = name, other, connect
        with connect(other) as server:
            self._database = server.execute(DATABASE, [name]).fetchone()
        with connect(name) as line:
            self._rows = {table: _rows(line, table) for table in _written(line)}
            self._sequences = set(line.execute(SEQUENCES))
            self._schema = schema(line)

    def restore(self) -> bool:
        """End every other session and put the rows and sequences back; False where that is not all that has changed."""
        if not self._is_left_alone():
            return False
        with self.connect(self.name) as line:
            if line.info.parameter_status("is_superuser") != "on" or schema(line) != self._schema:
                return False
            was = self._rows
            changed = {table for table in _written(line) if table not in was}
            changed |= {table for table, rows in was.items() if _rows(line, table) != rows}
            if changed:
                self._put_back(line, sorted(changed))
            for name, value, start in self._sequences - set(line.execute(SEQUENCES)):
                line.execute("SELECT setval(%s, %s, %s)", [name, value or start, value is not None])
            self._schema = schema(line)
        return True

    def _is_left_alone(self) -> bool:
        """It is the same database still, and nobody is connected to it any more."""
        with self.connect(self.other) as server:
            if server.execute(DATABASE, [self.name]).fetchone() != self._database:
                return False
            query = "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity WHERE datname = %s"
            return all(ended for (ended,) in server.execute(query, [PATIENCE, self.name]))

    def _put_back(self, line: psycopg.Connection, tables: list[str]) -> None:
        with line.transaction():
            line.execute("SET LOCAL session_replication_role = replica")  # no trigger, no foreign key
            stubborn = line.execute(STUBBORN, [tables]).fetchall()
            for table, trigger in stubborn:
                line.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
            for table in tables:
                line.execute(f"DELETE FROM {table}")
                if rows := self._rows.get(table):
                    with line.cursor().copy(f"COPY {table} FROM STDIN") as copy:
                        copy.write(rows)
            for table, trigger in stubborn:
                line.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {trigger}")
        line.execute(
            f"VACUUM {', '.join(tables)}"
        )  # so that the next rows lie in their order, in files that were empty


def _rows(line: psycopg.Connection, table: str) -> bytes:
    with line.cursor().copy(f"COPY {table} TO STDOUT") as copy:
        return b"".join(copy)


def _written(line: psycopg.Connection) -> list[str]:
    return [table for (table,) in line.execute(WRITTEN)]


def schema(line: psycopg.Connection) -> list[tuple]:
    """How many rows each catalogue has, and by which transactions."""
    each = (f"SELECT '{name}', count(*), sum(xmin::text::bigint) FROM {name}" for name in CATALOGUES)
    return sorted(line.execute(" UNION ALL ".join(each)).fetchall())
