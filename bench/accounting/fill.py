"""A ledger as System Accounting meets it after 24 months, written by the database itself: no posting is timed."""

from django.db import connection

MONTHS_DAYS = 730
START = "timestamptz '2024-11-25 00:00+00'"
SERVICES = ("studio_render", "lite_render", "poem", "image", "music")
SYSTEM = (
    *("stripe", "stripe_fees", "promo_issued", "payable/replicate"),
    *(f"{kind}/{service}" for kind in ("revenue", "promo_usage", "cost/replicate") for service in SERVICES),
)
MEMBERS = """
    INSERT INTO accounts_user (id, password, email, name, role, is_active, is_demo, date_joined, awaits_welcome,
                               session_epoch, suspension_reason, spendable)
    SELECT n, '!', 'user' || n || '@example.org', 'Name ' || n, '', true, false, now(), false, 0, '', 0
    FROM generate_series(1, %(members)s) n
"""
ROLES = """
    INSERT INTO ledger_account (id, name, type, sign, member_id, role)
    SELECT 1000000 + n * 4 + place, 'bench/' || n || '/' || role, 'liability', -1, n, role
    FROM generate_series(1, %(members)s) n,
         unnest(ARRAY['paid', 'granted', 'held', 'debt']) WITH ORDINALITY AS roles (role, place)
"""
WALLETS = """
    INSERT INTO ledger_wallet (member_id, paid, granted, held, debt, last_posted_at, frozen_reason, paid_account_id,
                               granted_account_id, held_account_id, debt_account_id)
    SELECT n, 5, 0, 0, 0, now(), '', 1000001 + n * 4, 1000002 + n * 4, 1000003 + n * 4, 1000004 + n * 4
    FROM generate_series(1, %(members)s) n
"""
OWN = """INSERT INTO ledger_account (name, type, sign, role) SELECT name, 'income', -1, '' FROM unnest(%s::text[]) name
         ON CONFLICT (name) DO NOTHING"""
# What each transaction is, by its number: of twenty one top-up, one fee, one gift, 14 charges, one of a gift, one cost,
# one refund
NUMBERED = """
    CREATE TEMP TABLE numbered AS
    SELECT n, 1 + n %% %(members)s AS member, n %% 20 AS sort, (%(services)s::text[])[1 + n / 20 %% 5] AS service,
           {start} + interval '{days} days' * (n::float8 / %(transactions)s) AS moment
    FROM generate_series(1, %(transactions)s::bigint) n
"""
TRANSACTIONS = """
    INSERT INTO ledger_transaction (id, kind, member_id, amount, external_id, note, service, happened_at, posted_at,
                                    notable)
    SELECT n, CASE sort WHEN 0 THEN 'top_up' WHEN 1 THEN 'fee' WHEN 2 THEN 'grant' WHEN 18 THEN 'cost'
                        WHEN 19 THEN 'refund' ELSE 'charge' END,
           CASE WHEN sort IN (1, 18) THEN NULL ELSE member END, 1, 'bench:' || n, 'A note of usual length',
           CASE WHEN sort BETWEEN 3 AND 18 THEN service ELSE '' END, moment, moment, sort NOT BETWEEN 3 AND 17
    FROM numbered
"""
LOTS = """
    INSERT INTO ledger_lot (id, member_id, kind, amount, remaining, clawed, ordered_at, transaction_id, has_rest)
    SELECT n, member, CASE sort WHEN 0 THEN 'paid' ELSE 'granted' END, 10, 5, 0, moment, n, true
    FROM numbered WHERE sort IN (0, 2)
"""
ENTRIES = """
    INSERT INTO ledger_entry (transaction_id, line, account_id, amount, lot_id, posted_at)
    SELECT n, line, account, amount, CASE WHEN of_member THEN greatest(n - sort, 20) END, moment
    FROM numbered, LATERAL (
        SELECT 1000001 + member * 4 + CASE WHEN sort IN (2, 17) THEN 1 ELSE 0 END AS wallet,
               CASE WHEN sort = 0 THEN 10 WHEN sort IN (2, 19) THEN 1 WHEN sort = 18 THEN 0.06 ELSE 0.25 END AS size,
               CASE WHEN sort = 0 THEN 'stripe' WHEN sort = 1 THEN 'stripe_fees' WHEN sort = 2 THEN 'promo_issued'
                    WHEN sort = 17 THEN 'promo_usage/' || service WHEN sort = 18 THEN 'cost/replicate/' || service
                    WHEN sort = 19 THEN 'stripe' ELSE 'revenue/' || service END AS name,
               CASE sort WHEN 1 THEN 'stripe' WHEN 18 THEN 'payable/replicate' END AS other
    ) legs LEFT JOIN ledger_account own ON own.name = legs.name
    LEFT JOIN ledger_account beside ON beside.name = legs.other,
    LATERAL (VALUES (1, own.id, CASE WHEN sort IN (0, 1, 2, 18) THEN size ELSE -size END, false),
                    (2, coalesce(beside.id, wallet), CASE WHEN sort IN (0, 1, 2, 18) THEN -size ELSE size END,
                     beside.id IS NULL)) lines (line, account, amount, of_member)
"""
# One a month; those of the last two prove nothing yet
INVOICES = """
    INSERT INTO pricing_providerinvoice (id, provider, number, first_day, last_day, total, note, recorded_at, booked,
                                         matched_at, matches, changed_at, calls_from, calls_until, payments)
    SELECT n, 'replicate', 'bench-' || n, first, last, calls * 0.06, '', last + 1,
           CASE WHEN n < 24 THEN calls * 0.06 END, done, CASE WHEN n < 24 THEN 1 ELSE 0 END, done, begun, ended, 0
    FROM (SELECT row_number() OVER (ORDER BY date_trunc('month', moment)) AS n, count(*) AS calls,
                 date_trunc('month', min(moment))::date AS first, min(moment) AS begun, max(moment) AS ended,
                 (date_trunc('month', min(moment)) + interval '1 month')::date - 1 AS last
          FROM numbered WHERE sort = 18 GROUP BY date_trunc('month', moment)) AS months,
         LATERAL (SELECT CASE WHEN n < 24 THEN last + interval '3 days' END AS done) AS matched
"""
CALLS = """
    INSERT INTO pricing_providercall (service_id, provider, key, external_id, units, expected, reported, state,
                                      true_ups, error, asked_at, answered_at, invoice_id, matched_at)
    SELECT service, 'replicate', 'bench:' || n, '', 1, 0.06, 0.06, 'answered', 0, '', moment, moment, i.id, i.matched_at
    FROM numbered LEFT JOIN pricing_providerinvoice i
         ON i.matched_at IS NOT NULL AND moment >= i.first_day AND moment < i.last_day + 1
    WHERE sort = 18
"""
TABLES = ("ledger_transaction", "ledger_entry", "ledger_account", "ledger_lot", "ledger_wallet")


def fill(transactions: int, members: int) -> None:
    """All tables, as COPY would: without the triggers that judge each row."""
    asked = {"transactions": transactions, "members": members, "services": list(SERVICES)}
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET work_mem = '256MB'")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in (MEMBERS, ROLES, WALLETS):
            cursor.execute(statement, asked)
        cursor.execute(OWN, [list(SYSTEM)])
        cursor.execute(NUMBERED.format(start=START, days=MONTHS_DAYS), asked)
        cursor.execute("ANALYZE numbered; ANALYZE ledger_account")
        for statement in (TRANSACTIONS, LOTS, ENTRIES, INVOICES, CALLS):
            cursor.execute(statement)
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        cursor.execute("SELECT setval(pg_get_serial_sequence('accounts_user', 'id'), %s)", [members])
        for table in (*TABLES, "accounts_user", "pricing_providerinvoice", "pricing_providercall"):
            cursor.execute(f"VACUUM ANALYZE {table}")
