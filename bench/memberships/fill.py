"""Premium as Financial Reports meet it after 24 months, written by the database itself: no event is timed.

Each subscription begins on a day of the 24 months, renews month by month (one in eight by the year) and may end, fail,
switch, or come back.
"""

from django.db import connection

MEMBERS = """
    INSERT INTO accounts_user (id, password, email, name, role, is_active, is_demo, date_joined, awaits_welcome,
                               session_epoch, suspension_reason, spendable)
    SELECT n, '!', 'user' || n || '@example.org', 'Name ' || n, '', true, false,
           now() - interval '730 days' * (1 - n::float8 / %(subscriptions)s) - interval '9 days', false, 0, '', 0
    FROM generate_series(1, %(subscriptions)s) n
"""
# How each goes: since when, for how many months, by the year or not
LIVES = """
    CREATE TEMP TABLE lives AS
    SELECT n, n %% 8 = 0 AS yearly, n %% 5 = 1 AS switches, n %% 11 = 2 AS returns, begins,
           least(months, extract(epoch FROM now() - begins)::int / 2629800) AS months,
           months > extract(epoch FROM now() - begins)::int / 2629800 AS runs,
           (ARRAY['US', 'US', 'GB', 'DE', 'DE', 'FR', 'NL', 'CA', ''])[1 + n %% 9] AS country
    FROM (SELECT n, now() - interval '730 days' * (1 - n::float8 / %(subscriptions)s) AS begins,
                 1 + (n::bigint * 7919 %% 1000)::int * (n::bigint * 104729 %% 1000)::int / 28000 AS months
          FROM generate_series(1, %(subscriptions)s) n) AS begun
"""
SUBSCRIPTIONS = """
    INSERT INTO memberships_subscription (id, member_id, stripe_id, customer_id, status, interval, amount, mrr,
        started_at, period_start, period_end, cancel_at, ended_at, is_collected, is_double, method_id, card,
        card_expires, heard_at)
    SELECT n, n, 'sub_' || n, 'cus_' || n, CASE WHEN runs THEN 'active' ELSE 'canceled' END,
           CASE WHEN yearly THEN 'year' ELSE 'month' END, CASE WHEN yearly THEN 120 ELSE 12 END,
           CASE WHEN NOT runs THEN 0 WHEN yearly OR switches AND months > 1 THEN 10 ELSE 12 END, begins, begins, now(),
           CASE WHEN runs AND n %% 20 = 3 THEN now() + interval '9 days' END,
           CASE WHEN NOT runs THEN begins + interval '1 month' * months END, true, false, '', 'Visa 4242',
           now()::date + (n %% 50 - 1), begins
    FROM lives
"""
# Those that end are about to for ten days
VERSIONS = """
    INSERT INTO memberships_version (id, subscription_id, at, rank, digest, status, mrr, facts, seen_at)
    SELECT n * 4 + step, n, at, 1, step, CASE WHEN mrr = 0 THEN 'canceled' ELSE 'active' END, mrr,
           CASE step WHEN 3 THEN '{"cancel_at": 1}'::jsonb ELSE '{"cancel_at": null}' END, at
    FROM lives, LATERAL (VALUES
        (0, begins, CASE WHEN yearly THEN 10 ELSE 12 END, true),
        (1, begins + interval '1 month', 10, switches AND NOT yearly AND months > 1),
        (2, begins + interval '1 month' * months, 0, NOT runs),
        (3, greatest(begins, CASE WHEN runs THEN now() ELSE begins + interval '1 month' * months END
                             - interval '10 days'), CASE WHEN yearly OR switches AND months > 1 THEN 10 ELSE 12 END,
         NOT runs OR n %% 20 = 3)
    ) AS steps (step, at, mrr, happens) WHERE happens
"""
# One of a thousand was learnt a month late
MOVEMENTS = """
    INSERT INTO memberships_movement (member_id, version_id, kind, amount, at, month, restates, posted_at)
    SELECT member_id, id, CASE WHEN before IS NULL THEN 'new' WHEN mrr = 0 THEN 'churn' ELSE 'contraction' END,
           mrr - coalesce(before, 0), at,
           date_trunc('month', CASE WHEN late THEN at + interval '1 month' ELSE at END)::date,
           CASE WHEN late THEN date_trunc('month', at)::date END, at
    FROM (SELECT s.member_id, v.id, v.mrr, v.at AT TIME ZONE 'UTC' AS at,
                 v.id %% 997 = 0 AND v.at < now() - interval '2 months' AS late,
                 lag(v.mrr) OVER (PARTITION BY subscription_id ORDER BY v.at, rank, digest) AS before
          FROM memberships_version v JOIN memberships_subscription s ON s.id = v.subscription_id) AS states
    WHERE mrr <> coalesce(before, 0)
"""
# In the order in which they come
INVOICES = """
    INSERT INTO memberships_invoice (member_id, stripe_id, subscription_id_at_stripe, number, status, reason, total,
        due, cash, tax, credit, bought, unused, credit_back, credit_changes, recognised, refunded, attempts,
        covers_from, covers_until, charge_id, card, country, url, created_at, paid_at, heard_at, booked)
    SELECT n, 'in_' || n || '_' || month, 'sub_' || n, 'P-' || n || '-' || month, 'paid',
           CASE month WHEN 0 THEN 'subscription_create' ELSE 'subscription_cycle' END,
           price, price, price, 0, 5, price, 0, 0, 0, 0, 0, 1,
           at, at + length, '', 'Visa 4242', country, '', at, at, at, '{}'
    FROM (SELECT *, begins + length * month AS at FROM (
              SELECT *, CASE WHEN yearly THEN 120 ELSE 12 END AS price,
                     CASE WHEN yearly THEN interval '1 year' ELSE interval '1 month' END AS length,
                     CASE WHEN yearly THEN months / 12 ELSE greatest(0, months - 1) END AS last FROM lives) AS priced,
          LATERAL generate_series(0, last) AS month) AS billed
    WHERE at <= now() ORDER BY at
"""
BACK = """
    INSERT INTO memberships_moneyback (invoice_id, kind, stripe_id, amount, unearned, is_booked, is_given_back, status,
                                       reason, created_at, taken_at)
    SELECT id, CASE WHEN id %% 300 = 0 THEN 'dispute' ELSE 'refund' END, 're_' || id, cash / 2, 0, true, false,
           'succeeded', '', paid_at + interval '2 days', paid_at + interval '2 days'
    FROM memberships_invoice WHERE id %% 25 = 0
"""
# One of twelve renewals failed at first, one in sixty of these to this day
UNPAID = """
    UPDATE memberships_invoice SET status = CASE WHEN id %% 1440 = 5 THEN 'open' ELSE 'uncollectible' END, attempts = 2,
           next_attempt_at = now(), cash = 0, paid_at = NULL WHERE id %% 720 = 5 AND id %% 25 <> 0
"""
ATTEMPTS = """
    INSERT INTO memberships_failedattempt (attempt_id, member_id, invoice_id, payment_intent_id, amount, code,
                                           decline_code, message, card, happened_at, outcome)
    SELECT 'ch_' || id, member_id, id, 'pi_' || id, due, 'card_declined', 'insufficient_funds', 'Declined.',
           'Visa 4242', created_at, memberships_outcome('Visa 4242', invoice)
    FROM memberships_invoice invoice WHERE id %% 12 = 5
"""
TOP_UPS = """
    INSERT INTO billing_topup (public_id, member_id, status, amount, bonus, cash, form_key, attempt, session_id,
        payment_intent_id, checkout_url, receipt_url, failure, card, country, created_at, expires_at, paid_at)
    SELECT gen_random_uuid(), n, 'paid', 20, 0, 20, gen_random_uuid(), 1, 'cs_' || n, 'pi_' || n, '', '', '',
           'Visa 4242', country, begins, begins, begins
    FROM lives
"""
STATEMENTS = (MEMBERS, LIVES, SUBSCRIPTIONS, VERSIONS, MOVEMENTS, INVOICES, BACK, UNPAID, ATTEMPTS, TOP_UPS)
TABLES = (
    *("accounts_user", "memberships_subscription", "memberships_version", "memberships_movement"),
    *("memberships_invoice", "memberships_moneyback", "memberships_failedattempt", "billing_topup"),
)


def fill(subscriptions: int) -> None:
    """All tables, without the triggers that note and judge each row."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0; SET work_mem = '256MB'")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for statement in STATEMENTS:
            cursor.execute(statement, {"subscriptions": subscriptions})
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        for table in ("accounts_user", "memberships_subscription", "memberships_version"):
            cursor.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), {2**40})")
        for table in TABLES:
            cursor.execute(f"VACUUM ANALYZE {table}")
