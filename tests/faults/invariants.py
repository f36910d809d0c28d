"""What must hold after any fault: the ledger adds up, and every row of billing has exactly the money it speaks of."""

from django.db import connection

from ledger import checks

RULES = {
    "a paid top-up is credited once, with its cash": """
        SELECT coalesce(u.session_id, u.payment_intent_id, t.external_id) FROM billing_topup u
        FULL JOIN (SELECT * FROM ledger_transaction WHERE kind = 'top_up') t
               ON t.external_id = coalesce('stripe:checkout.session:' || u.session_id,
                                           'stripe:payment_intent:' || u.payment_intent_id)
        WHERE (u.status = 'paid' OR t.external_id LIKE 'stripe:%')
          AND NOT coalesce(u.status = 'paid' AND t.amount = u.cash AND t.member_id = u.member_id, false)""",
    "a fee that a top-up knows is booked": """
        SELECT u.charge_id FROM billing_topup u WHERE u.fee > 0 AND NOT EXISTS (
          SELECT FROM ledger_transaction WHERE kind = 'fee' AND amount = u.fee
             AND external_id LIKE 'stripe:fee:%' AND note LIKE '%' || u.charge_id)""",
    "a refund is booked once its money has gone, and given back when it failed": """
        SELECT r.stripe_id FROM billing_refund r
        LEFT JOIN ledger_transaction t ON t.external_id = 'stripe:refund:' || r.stripe_id
        LEFT JOIN ledger_transaction b ON b.external_id = t.external_id || ':failed'
        WHERE r.status = 'succeeded' AND (t.id IS NULL OR b.id IS NOT NULL)
           OR r.status IN ('failed', 'canceled') AND t.id IS NOT NULL AND b.reverses_id IS DISTINCT FROM t.id
           OR t.amount <> r.amount""",
    "a refund or dispute in the ledger has its row": """
        SELECT t.external_id FROM ledger_transaction t WHERE t.kind IN ('refund', 'dispute')
          AND t.external_id LIKE 'stripe:%'
          AND NOT EXISTS (SELECT FROM billing_refund r WHERE t.external_id = 'stripe:refund:' || r.stripe_id)
          AND NOT EXISTS (SELECT FROM billing_dispute d WHERE t.external_id = 'stripe:dispute:' || d.stripe_id)""",
    "a lost dispute took the money, a won one gave it back": """
        SELECT d.stripe_id FROM billing_dispute d
        LEFT JOIN ledger_transaction t ON t.external_id = 'stripe:dispute:' || d.stripe_id
        LEFT JOIN ledger_transaction b ON b.external_id = t.external_id || ':reinstated'
        WHERE d.status = 'lost' AND (t.id IS NULL OR b.id IS NOT NULL)
           OR d.status = 'won' AND b.reverses_id IS DISTINCT FROM t.id""",
    "a paid invoice is received once, with its cash": """
        SELECT i.stripe_id FROM memberships_invoice i
        LEFT JOIN ledger_transaction t ON t.external_id = 'stripe:invoice:' || i.stripe_id
        WHERE (i.paid_at IS NOT NULL AND i.cash > 0) <> (t.id IS NOT NULL) OR t.amount <> i.cash""",
    "what went back of Premium is booked, and what came back again is given back": """
        SELECT m.stripe_id FROM memberships_moneyback m
        LEFT JOIN ledger_transaction t ON t.external_id = format('stripe:%s:%s', m.kind, m.stripe_id)
        LEFT JOIN ledger_transaction b ON b.reverses_id = t.id
        WHERE m.is_booked <> (t.id IS NOT NULL) OR m.is_given_back <> (b.id IS NOT NULL) OR t.amount <> m.amount
          OR t.kind <> format('premium_%s', m.kind)""",
    "what is not yet earned of Premium is what the invoices have left": """
        SELECT format('invoices %s, ledger %s', i.rest, l.rest)
        FROM (SELECT coalesce(sum(cash - tax - recognised - refunded), 0) AS rest
              FROM memberships_invoice WHERE paid_at IS NOT NULL) AS i,
             (SELECT coalesce(-sum(e.amount), 0) AS rest FROM ledger_entry e
              JOIN ledger_account a ON a.id = e.account_id WHERE a.name = 'deferred_subscription') AS l
        WHERE i.rest <> l.rest""",
    "a lot is frozen while a bank decides about its payment, and no longer": """
        SELECT u.id FROM billing_topup u
        JOIN ledger_transaction t ON t.external_id = coalesce('stripe:checkout.session:' || u.session_id,
                                                              'stripe:payment_intent:' || u.payment_intent_id)
        JOIN ledger_lot l ON l.transaction_id = t.id
        WHERE (l.frozen_at IS NOT NULL) <> EXISTS (
          SELECT FROM billing_dispute d WHERE d.top_up_id = u.id AND d.status IN (
            'needs_response', 'under_review', 'appeal_needs_response', 'appeal_under_review'))""",
    "a debt that was written off is booked": """
        SELECT format('decision %s', d.id) FROM billing_debtdecision d
        LEFT JOIN ledger_transaction t ON t.id = d.transaction_id
        WHERE (d.choice = 'write_off') <> (t.id IS NOT NULL) OR t.amount <> d.amount OR t.member_id <> d.member_id""",
    "a payout is booked once Stripe's balance moved, and given back when it failed": """
        SELECT p.stripe_id FROM billing_payout p
        LEFT JOIN ledger_transaction t ON t.external_id = 'stripe:payout:' || p.stripe_id
        LEFT JOIN ledger_transaction b ON b.external_id = t.external_id || ':failed'
        WHERE p.status = 'paid' AND (t.id IS NULL OR b.id IS NOT NULL)
           OR p.status IN ('failed', 'canceled') AND t.id IS NOT NULL AND b.reverses_id IS DISTINCT FROM t.id""",
    "an event that is not applied yet has a job, and a job that is done has settled its event": """
        SELECT e.event_id FROM billing_stripeevent e
        LEFT JOIN LATERAL (SELECT count(*) FILTER (WHERE state IN ('new', 'running')) AS waiting,
                                  count(*) FILTER (WHERE state = 'done') AS done
          FROM jobs_job WHERE kind = 'billing.apply_event' AND payload = jsonb_build_object('event', e.id)) AS j ON true
        WHERE e.state IN ('new', 'waiting') AND j.waiting = 0 OR j.done > 0 AND e.state IN ('new', 'waiting')""",
}


def invariants() -> list[str]:
    """Everything that does not hold; whole tables, so whatever happened in them is looked at."""
    broken = [str(violation) for violation in checks.run()]
    for rule, query in RULES.items():
        with connection.cursor() as cursor:
            cursor.execute(query)
            if rows := cursor.fetchall():
                broken.append(f"Not so: {rule}. {len(rows)}, such as {rows[0][0]}")
    return broken
