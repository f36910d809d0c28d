"""The three-way match, in one statement over all of history: one snapshot, so that no figure can be older than another.

Stripe's side are the stored balance transactions, the ledger's side what each transaction did to the account `stripe`,
and the third are the stored events. Whatever does not fit is a finding; findings that are old enough to be wrong are
opened as differences, and differences that are no longer found are settled, in the same statement.
Sum of Stripe's side − sum of the ledger's = sum of the findings' amounts: each row is in exactly one pair.
"""

import json
from dataclasses import dataclass
from decimal import Decimal

from django.db import connection, transaction
from django.db.models import Sum
from django.db.models.functions import Abs
from django.utils import timezone

from alerts.models import raise_alert, settle
from billing.backfill import KEPT_BY_STRIPE, ON_THEIR_WAY
from billing.models import Difference
from billing.models.reconciliation import OVERDUE
from billing.sources import SOURCES
from ui.format import money

SETTLING = ON_THEIR_WAY  # what is younger is on its way, not missing
LOCK = 0x3A7C4
PATIENCE = "SET LOCAL statement_timeout = '5min'"  # of a page it is much shorter
ALERT = "billing.reconciliation"
URL = "/admin/billing/reconciliation/"


@dataclass(frozen=True)
class Matched:
    """What a match saw: rows of Stripe's list, and sums in US dollars. `waiting` rows are on their way."""

    rows: int
    matched: int
    stripe_total: Decimal
    ledger_total: Decimal
    waiting: int
    on_its_way: Decimal


def match() -> Matched:
    """Match everything; open and settle differences accordingly. Two at once: one waits for the other."""
    now = timezone.now()
    known = [
        {"name": source.name, "type": type_, "category": source.category, "booked_as": source.booked_as}
        | {"object": source.object, "events": list(source.events)}
        for source in SOURCES
        for type_ in source.types
    ]
    values = {"sources": json.dumps(known), "young": now - SETTLING, "gone": now - KEPT_BY_STRIPE}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        cursor.execute(PATIENCE)
        cursor.execute(_MATCH, values)
        matched = Matched(*cursor.fetchone())
        _tell()
    return matched


def unexplained() -> Decimal:
    """What the open differences add up to, without their signs, in US dollars."""
    return Difference.objects.open().aggregate(total=Sum(Abs("amount"), default=Decimal(0)))["total"]


def _tell() -> None:
    """Raise the alert while money is unexplained or a difference has been open for a day; settle it when not."""
    found = Difference.objects.open()
    off, old = unexplained(), found.filter(found_at__lt=timezone.now() - OVERDUE).exists()
    if not off and not old:
        settle(ALERT)
        return
    count = found.count()
    title = f"{money(off)} at Stripe is unexplained" if off else "A difference with Stripe is more than a day old"
    detail = f"{count} difference{'s' if count > 1 else ''} between Stripe, the ledger and the events."
    raise_alert(ALERT, title, detail, severity="bad", url=URL)


_MATCH = """
WITH source AS (
  SELECT * FROM jsonb_to_recordset(%(sources)s)
    AS s(name text, type text, category text, booked_as text, object text, events text[])
),
booked AS MATERIALIZED (  -- what each ledger transaction did to the account at Stripe
  SELECT t.id, t.external_id, t.posted_at, sum(e.amount) AS amount
  FROM ledger_account a
  JOIN ledger_entry e ON e.account_id = a.id AND e.lot_id IS NULL
  JOIN ledger_transaction t ON t.id = e.transaction_id
  WHERE a.name = 'stripe' GROUP BY t.id
),
named AS (
  SELECT b.id, b.txn_id, b.amount, b.fee, b.currency, b.created, b.payment_intent, s.name, s.events,
         CASE WHEN i.id IS NOT NULL THEN 'stripe:invoice:{}' WHEN t.id IS NOT NULL AND t.session_id IS NULL
              THEN 'stripe:payment_intent:{}' ELSE s.booked_as END AS booked_as,
         t.status AS top_up_status, least(b.created, b.seen_at) > %(young)s AS young,
         CASE s.object WHEN 'session' THEN coalesce(t.session_id, i.stripe_id, t.payment_intent_id)
                       WHEN 'id' THEN b.txn_id ELSE b.source END AS object
  FROM billing_balancetransaction b
  LEFT JOIN source exact ON exact.type = b.type AND exact.category = b.category
  LEFT JOIN source s ON s.type = b.type AND s.category = coalesce(exact.category, '')
  LEFT JOIN billing_topup t ON s.object = 'session' AND t.payment_intent_id = b.payment_intent
  LEFT JOIN memberships_invoice i ON s.object = 'session' AND i.payment_intent_id = b.payment_intent
),
numbered AS (  -- a second movement under one name is not booked by it
  SELECT n.*, row_number() OVER (PARTITION BY name, object ORDER BY created, id) AS nth FROM named n
),
line AS MATERIALIZED (
  SELECT n.*, l.id AS booked_id, coalesce(l.amount, 0) AS booked, f.id AS fee_id, coalesce(f.amount, 0) AS fee_booked
  FROM numbered n
  LEFT JOIN booked l ON l.external_id = replace(n.booked_as, '{}', n.object) AND n.nth = 1 AND n.currency = 'usd'
  LEFT JOIN booked f ON f.external_id = 'stripe:fee:' || n.txn_id AND n.currency = 'usd'
),
undone AS MATERIALIZED (  -- bank debits that came to nothing: both movements are at Stripe, neither is booked
  SELECT payment_intent FROM line
  WHERE name IN ('payment', 'failed payment') AND payment_intent <> '' AND booked_id IS NULL AND currency = 'usd'
  GROUP BY payment_intent HAVING sum(amount) = 0
),
finding AS MATERIALIZED (
  SELECT CASE WHEN n.booked_id IS NULL THEN 'missing_in_ledger' ELSE 'amounts_differ' END AS kind, n.txn_id AS subject,
         n.amount - n.booked AS amount, n.created AS happened_at, n.id AS row_id, n.booked_id, NULL::bigint AS event_id,
         n.young OR coalesce(n.top_up_status = 'processing', false) AS on_its_way
  FROM line n
  WHERE n.currency = 'usd' AND n.amount <> n.booked
    AND NOT (n.name IN ('payment', 'failed payment') AND n.payment_intent IN (SELECT payment_intent FROM undone))
  UNION ALL
  SELECT CASE WHEN fee_id IS NULL THEN 'fee_missing' ELSE 'amounts_differ' END, 'fee:' || txn_id,
         -fee - fee_booked, created, id, fee_id, NULL, young
  FROM line WHERE currency = 'usd' AND -fee <> fee_booked
  UNION ALL
  SELECT 'missing_at_stripe', 'transaction:' || l.id, -l.amount, l.posted_at, NULL, l.id, NULL, l.posted_at > %(young)s
  FROM booked l
  WHERE l.amount <> 0 AND NOT EXISTS (SELECT FROM line WHERE booked_id = l.id)
    AND NOT EXISTS (SELECT FROM line WHERE fee_id = l.id)
  UNION ALL
  SELECT 'other_currency', txn_id, 0, created, id, NULL, NULL, false FROM line WHERE currency <> 'usd'
  UNION ALL
  SELECT 'event_not_applied', 'event:' || n.txn_id, 0, n.created, n.id, n.booked_id, v.id,
         n.young OR coalesce(v.state IN ('new', 'waiting') AND v.received_at > %(young)s, false)
  FROM line n LEFT JOIN LATERAL (
    SELECT id, state, received_at FROM billing_stripeevent
    WHERE object_id = n.object AND type = ANY (n.events) ORDER BY id DESC LIMIT 1) AS v ON true
  WHERE n.booked_id IS NOT NULL AND n.amount = n.booked AND cardinality(n.events) > 0
    AND NOT EXISTS (SELECT FROM billing_stripeevent a
                    WHERE a.object_id = n.object AND a.type = ANY (n.events) AND a.state = 'applied')
    AND (n.created > %(gone)s OR n.object IN (
      SELECT object_id FROM billing_stripeevent WHERE state NOT IN ('applied', 'unhandled')))
),
opened AS (
  INSERT INTO billing_difference (kind, subject, amount, happened_at, balance_transaction_id, transaction_id, event_id,
                                  found_at, repairs, error)
  SELECT kind, subject, amount, happened_at, row_id, booked_id, event_id, clock_timestamp(), 0, ''
  FROM finding WHERE NOT on_its_way
  ON CONFLICT (kind, subject) WHERE settled_at IS NULL
  DO UPDATE SET amount = excluded.amount, transaction_id = excluded.transaction_id, event_id = excluded.event_id
),
settled AS (
  UPDATE billing_difference d SET settled_at = clock_timestamp()
  WHERE settled_at IS NULL AND kind <> 'stripe_total' AND NOT EXISTS (
    SELECT FROM finding f WHERE NOT f.on_its_way AND f.kind = d.kind AND f.subject = d.subject)
)
SELECT l.rows, l.rows - f.unmatched, l.total, (SELECT coalesce(sum(amount), 0) FROM booked),
       f.waiting, f.on_its_way
FROM (SELECT count(*) AS rows, coalesce(sum(amount - fee) FILTER (WHERE currency = 'usd'), 0) AS total FROM line) AS l,
     (SELECT count(DISTINCT row_id) AS unmatched, count(*) FILTER (WHERE on_its_way) AS waiting,
             coalesce(sum(amount) FILTER (WHERE on_its_way), 0) AS on_its_way
      FROM finding) AS f
"""
