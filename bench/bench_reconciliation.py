"""The three-way match over 100,000 payments and their fees: everything in order, then with differences, then settled.

Starts its own PostgreSQL. `python -m bench reconciliation`, or with another number of payments: PAYMENTS=1000000.
"""

import os
import secrets
import sys
import time

from tests import engines

PAYMENTS = int(os.environ.get("PAYMENTS", 100_000))
SECONDS = 10.0 * PAYMENTS / 100_000
LOST = 1000

# Straight into the tables, past the triggers: a hundred thousand payments over ninety days, each with its session's
# event, its ledger transaction and fee, and its row of Stripe's list
LOAD = """
SET session_replication_role = replica;
INSERT INTO billing_topup (public_id, member_id, status, amount, bonus, cash, fee, form_key, attempt, session_id,
                           payment_intent_id, charge_id, checkout_url, receipt_url, failure, card, created_at, expires_at, paid_at)
  SELECT gen_random_uuid(), 1 + n %% 1000, 'paid', 20, 0, 20, 0.88, gen_random_uuid(), 1, 'cs_' || n, 'pi_' || n, 'ch_' || n,
         '', '', '', '', at, at, at
  FROM (SELECT n, now() - interval '90 days' * n / %(payments)s - interval '1 hour' AS at FROM generate_series(1, %(payments)s) n) AS t;
INSERT INTO billing_balancetransaction (txn_id, type, category, source, charge, payment_intent, amount, fee, net, currency,
                                        created, available_on, payload, seen_at)
  SELECT 'txn_' || id, 'charge', 'charge', charge_id, charge_id, payment_intent_id, 20, 0.88, 19.12, 'usd', created_at,
         created_at, '{}', created_at FROM billing_topup;
INSERT INTO billing_stripeevent (event_id, type, object_id, livemode, api_version, created, payload, state, attempts, error, received_at)
  SELECT 'evt_' || id || t, t, o, false, '', created_at, repeat(md5(id::text), 90), 'applied', 1, '', created_at
  FROM billing_topup, (VALUES ('checkout.session.completed'), ('charge.updated')) AS k(t),
       LATERAL (SELECT CASE t WHEN 'charge.updated' THEN charge_id ELSE session_id END AS o) AS l;
SELECT ledger_account('bank'), ledger_account('stripe_fees'), ledger_account('stripe');
WITH made AS (
  INSERT INTO ledger_transaction (kind, amount, external_id, note, service, happened_at, posted_at, notable)
  SELECT k.kind, k.amount, k.prefix || k.id, '', '', k.at, k.at, true
  FROM (SELECT 'top_up' AS kind, 20 AS amount, 'stripe:checkout.session:' AS prefix, session_id AS id, created_at AS at FROM billing_topup
        UNION ALL SELECT 'fee', 0.88, 'stripe:fee:', 'txn_' || id, created_at FROM billing_topup) AS k
  RETURNING id, kind, amount, posted_at)
INSERT INTO ledger_entry (transaction_id, line, account_id, amount, posted_at)
  SELECT m.id, s.line, a.id, s.sign * CASE m.kind WHEN 'fee' THEN -m.amount ELSE m.amount END, m.posted_at
  FROM made m, (VALUES (1, 'stripe', 1), (2, 'stripe_fees', -1)) AS s(line, name, sign) JOIN ledger_account a ON a.name = s.name;
RESET session_replication_role;
ANALYZE;
"""  # noqa: E501


def main() -> int:
    """Measure and print; 1 when the target is missed or a figure is wrong."""
    os.environ.update(
        DATABASE_URL=engines.start_postgres(),
        DJANGO_SETTINGS_MODULE="poemvision.settings",
        STATEMENT_TIMEOUT="10min",
        EMBEDDED_ENV=os.devnull,
    )
    os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1")
    try:
        return _measure()
    finally:
        engines.stop()


def _measure() -> int:
    import django

    django.setup()
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    people = get_user_model()
    people.objects.bulk_create(people(email=f"m{number}@poemvision.example") for number in range(1000))
    with connection.cursor() as cursor:
        cursor.execute(LOAD, {"payments": PAYMENTS})
        worst = _match("all in order", 0)
        cursor.execute("UPDATE billing_balancetransaction SET amount = 21 WHERE id <= %s", [LOST])
        worst = max(worst, _match(f"{LOST:,} differences found", LOST))
        cursor.execute("UPDATE billing_balancetransaction SET amount = 20 WHERE id <= %s", [LOST])
        worst = max(worst, _match(f"{LOST:,} differences settled", 0))
    print(f"{PAYMENTS:,} balance transactions: {worst:.1f} s at worst (target {SECONDS:g})")
    return worst > SECONDS


def _match(what: str, expected: int) -> float:
    from billing import matching
    from billing.models import Difference

    started = time.perf_counter()
    seen = matching.match()
    seconds = time.perf_counter() - started
    found = Difference.objects.open().count()
    print(f"{what:26} {seconds:6.2f} s   {seen.matched:,} of {seen.rows:,} match, {found:,} differences", flush=True)
    assert found == expected and seen.stripe_total - seen.ledger_total == matching.unexplained()
    return seconds


if __name__ == "__main__":
    sys.exit(main())
