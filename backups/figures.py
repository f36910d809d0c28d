"""Figures by which a restored database proves that it is the one that was dumped."""

import psycopg

FIGURES = {
    "people": "SELECT count(*) FROM accounts_user",
    "ledger transactions": "SELECT count(*) FROM ledger_transaction",
    "newest ledger transaction": "SELECT coalesce(max(id), 0) FROM ledger_transaction",
    "ledger entries": "SELECT count(*) FROM ledger_entry",
    "sum of all entries": "SELECT coalesce(sum(amount), 0) FROM ledger_entry",
    "members' paid credit": "SELECT coalesce(sum(paid), 0) FROM ledger_wallet",
    "members' granted credit": "SELECT coalesce(sum(granted), 0) FROM ledger_wallet",
    "members' held credit": "SELECT coalesce(sum(held), 0) FROM ledger_wallet",
    "members' debt": "SELECT coalesce(sum(debt), 0) FROM ledger_wallet",
    "cash at Stripe": """SELECT coalesce(sum(amount), 0) FROM ledger_entry
        WHERE account_id = (SELECT id FROM ledger_account WHERE name = 'stripe') AND lot_id IS NULL""",
    "rows of the audit log": "SELECT coalesce(max(position), 0) FROM audit_auditevent",
    "head of the audit log": """SELECT coalesce((SELECT hash FROM audit_auditevent WHERE position IS NOT NULL
        ORDER BY position DESC LIMIT 1), repeat('0', 64))""",
}
HEAD = "head of the audit log"

MIGRATIONS = "SELECT DISTINCT ON (app) app, name FROM django_migrations ORDER BY app, id DESC"
# Whom the dump will give rights to: they must exist where it is restored
ROLES = """
    SELECT DISTINCT role::regrole::text FROM (
        SELECT (aclexplode(relacl)).grantee FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION SELECT (aclexplode(proacl)).grantee FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION SELECT (aclexplode(defaclacl)).grantee FROM pg_default_acl
        UNION SELECT defaclrole FROM pg_default_acl
    ) AS rights (role) WHERE role <> 0 AND role::regrole::text <> current_user ORDER BY 1"""


def read(line: psycopg.Connection) -> dict[str, str]:
    """Every figure, as this connection's snapshot shows it."""
    return {name: str(line.execute(query).fetchone()[0]) for name, query in FIGURES.items()}


def migrations(line: psycopg.Connection) -> dict[str, str]:
    """The last migration of each room."""
    return dict(line.execute(MIGRATIONS).fetchall())


def roles(line: psycopg.Connection) -> list[str]:
    """The roles that hold rights on something in here, except the one that asks."""
    return [role for (role,) in line.execute(ROLES)]
