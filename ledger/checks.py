"""The invariants of the ledger on live data. Each is one statement over whole tables, and finds what breaks it.

A statement sees one instant of the database, so postings under way meanwhile disturb nothing. What it finds about one
member names that member, whose spending can be frozen until it is repaired (room selfcheck/).
"""

from dataclasses import dataclass
from itertools import islice

from django.db import connection, transaction

EXAMPLES = 5


@dataclass(frozen=True, slots=True)
class Check:
    name: str
    rule: str
    query: str  # rows that break the rule: a text, and the id of the member whose books are wrong, or NULL


@dataclass(frozen=True, slots=True)
class Violation:
    check: str
    rule: str
    examples: tuple[str, ...]
    count: int
    members: tuple[int, ...]  # all of them, in order

    def __str__(self):
        return f"{self.check}: {self.rule} Broken by {'; '.join(self.examples)}"


def run(first=False) -> list[Violation]:
    """Every rule that is broken; with `first`, only the first one of them."""
    found = filter(None, map(look, CHECKS))
    return list(islice(found, 1 if first else None))


def look(check: Check) -> Violation | None:
    """What breaks one rule."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(
            f"""SELECT count(*), (array_agg(example))[1:{EXAMPLES}],
                       array_agg(DISTINCT member) FILTER (WHERE member IS NOT NULL)
                FROM ({check.query}) AS broken (example, member)"""  # noqa: S608 (queries below)
        )
        count, examples, members = cursor.fetchone()
    return Violation(check.name, check.rule, tuple(examples), count, tuple(members or ())) if count else None


CHECKS = (
    Check(
        "triggers",
        "The triggers that keep the ledger are present and always enabled.",
        """SELECT wanted, NULL::bigint FROM unnest(ARRAY[
             'ledger_transaction_kept', 'ledger_transaction_refused', 'ledger_transaction_balanced',
             'ledger_entry_kept', 'ledger_entry_refused', 'ledger_entry_balanced',
             'ledger_account_kept', 'ledger_account_refused', 'ledger_lot_kept', 'ledger_lot_refused',
             'ledger_wallet_refused', 'ledger_hold_refused']) AS wanted
           WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = wanted AND tgenabled = 'A')""",
    ),
    Check(
        "balanced",
        "Every transaction has two entries or more, and they sum to zero.",
        """SELECT format('transaction %s: %s entries, sum %s', coalesce(t.id, e.transaction_id), e.lines, e.total),
                  t.member_id
           FROM ledger_transaction t FULL JOIN (
             SELECT transaction_id, count(*) AS lines, sum(amount) AS total FROM ledger_entry GROUP BY 1
           ) AS e ON e.transaction_id = t.id
           WHERE t.id IS NULL OR e.lines IS NULL OR e.lines < 2 OR e.total <> 0""",
    ),
    Check(
        "wallets",
        "The stored balances of each member are the sums of the entries.",
        """SELECT format('member %s', coalesce(w.member_id, a.member_id)), coalesce(w.member_id, a.member_id)
           FROM ledger_wallet w FULL JOIN (
             SELECT a.member_id, coalesce(-sum(e.amount) FILTER (WHERE a.role = 'paid'), 0) AS paid,
                    coalesce(-sum(e.amount) FILTER (WHERE a.role = 'granted'), 0) AS granted,
                    coalesce(-sum(e.amount) FILTER (WHERE a.role = 'held'), 0) AS held,
                    coalesce(sum(e.amount) FILTER (WHERE a.role = 'debt'), 0) AS debt
             FROM ledger_account a LEFT JOIN (
               SELECT account_id, sum(amount) AS amount FROM ledger_entry GROUP BY account_id
             ) AS e ON e.account_id = a.id
             WHERE a.member_id IS NOT NULL GROUP BY a.member_id
           ) AS a ON a.member_id = w.member_id
           WHERE (w.paid, w.granted, w.held, w.debt) IS DISTINCT FROM (a.paid, a.granted, a.held, a.debt)""",
    ),
    Check(
        "negative",
        "No balance of a member and no lot is below zero, and paid credit has no expiry.",
        """SELECT format('member %s', member_id), member_id FROM ledger_wallet
           WHERE least(paid, granted, held, debt) < 0
           UNION ALL SELECT format('lot %s', id), member_id FROM ledger_lot
           WHERE remaining < 0 OR remaining + clawed > amount OR (kind = 'paid' AND expires_at IS NOT NULL)""",
    ),
    Check(
        "lots",
        "What is left of each lot is the sum of its entries.",
        """SELECT format('lot %s: %s left, entries say %s', l.id, l.remaining, coalesce(e.total, 0)), l.member_id
           FROM ledger_lot l LEFT JOIN (
             SELECT e.lot_id, -sum(e.amount) AS total FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
             WHERE e.lot_id IS NOT NULL AND a.role IN ('paid', 'granted') GROUP BY 1
           ) AS e ON e.lot_id = l.id
           WHERE l.remaining <> coalesce(e.total, 0) OR l.has_rest <> (l.remaining > 0)""",
    ),
    Check(
        "lots of wallets",
        "The lots of each member add up to the paid and the granted balance.",
        """SELECT format('member %s', w.member_id), w.member_id FROM ledger_wallet w LEFT JOIN (
             SELECT member_id, coalesce(sum(remaining) FILTER (WHERE kind = 'paid'), 0) AS paid,
                    coalesce(sum(remaining) FILTER (WHERE kind = 'granted'), 0) AS granted
             FROM ledger_lot GROUP BY 1
           ) AS l ON l.member_id = w.member_id
           WHERE (w.paid, w.granted) <> (coalesce(l.paid, 0), coalesce(l.granted, 0))""",
    ),
    Check(
        "owners",
        "An entry on a member's account belongs to their transaction and names their lot; no other entry names one.",
        """SELECT format('entry %s of transaction %s', e.line, e.transaction_id),
                  coalesce(a.member_id, l.member_id, t.member_id) FROM ledger_entry e
           LEFT JOIN ledger_account a ON a.id = e.account_id LEFT JOIN ledger_lot l ON l.id = e.lot_id
           LEFT JOIN ledger_transaction t ON t.id = e.transaction_id
           WHERE a.id IS NULL OR (e.lot_id IS NOT NULL AND l.member_id IS DISTINCT FROM a.member_id)
              OR (a.member_id IS NOT NULL AND a.member_id IS DISTINCT FROM t.member_id)
              OR (a.role IN ('paid', 'granted') AND l.kind IS DISTINCT FROM a.role)
              OR (a.role = 'held' AND l.id IS NULL) OR (a.member_id IS NULL AND e.lot_id IS NOT NULL)""",
    ),
    Check(
        "instants",
        "Entries carry the instant of their transaction, and a member's transactions are posted one after the other.",
        """SELECT format('transaction %s', id), member_id FROM (
             SELECT id, member_id, posted_at, lag(posted_at) OVER (PARTITION BY member_id ORDER BY id) AS before
             FROM ledger_transaction WHERE member_id IS NOT NULL
           ) AS t WHERE posted_at <= before
           UNION ALL SELECT format('entry %s of transaction %s', e.line, e.transaction_id), t.member_id
           FROM ledger_entry e JOIN ledger_transaction t ON t.id = e.transaction_id WHERE e.posted_at <> t.posted_at""",
    ),
    Check(
        "holds",
        "What is held of each member is the sum of the open holds.",
        """SELECT format('member %s', w.member_id), w.member_id FROM ledger_wallet w LEFT JOIN (
             SELECT member_id, sum(amount) AS held FROM ledger_hold WHERE status = 'open' GROUP BY 1
           ) AS h ON h.member_id = w.member_id WHERE w.held <> coalesce(h.held, 0)""",
    ),
    Check(
        "freezes",
        "A freeze of a member's spending has an instant and a reason.",
        """SELECT format('member %s', member_id), member_id FROM ledger_wallet
           WHERE (frozen_at IS NULL) <> (frozen_reason = '')""",
    ),
    Check(
        "overdue holds",
        "No hold is open an hour after its limit. (Is the sweep running? The member's books are right.)",
        """SELECT format('hold %s', id), NULL::bigint FROM ledger_hold
           WHERE status = 'open' AND expires_at < now() - interval '1 hour'""",
    ),
    Check(
        "settlements",
        "No hold is settled for more than was held.",
        """SELECT format('hold %s', h.id), h.member_id
           FROM ledger_hold h JOIN ledger_transaction t ON t.about_id = h.transaction_id
           WHERE t.kind IN ('settle', 'release') GROUP BY h.id HAVING count(*) > 1 OR max(t.amount) > max(h.amount)""",
    ),
    Check(
        "paid lots",
        "The paid lot of each top-up is its cash without tax.",
        """SELECT format('top-up %s', t.id), t.member_id FROM ledger_transaction t
           JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
           LEFT JOIN ledger_lot l ON l.transaction_id = t.id AND l.kind = 'paid'
           WHERE t.kind = 'top_up' GROUP BY t.id, l.amount
           HAVING l.amount IS DISTINCT FROM sum(e.amount) FILTER (WHERE a.name = 'tax_payable'
                  OR (a.type = 'asset' AND a.member_id IS NULL))""",
    ),
    Check(
        "refunds",
        "The lot of each top-up gave back what refunds and disputes took, up to the payment and without tax.",
        """SELECT format('top-up %s', t.id), t.member_id FROM ledger_transaction t
           CROSS JOIN LATERAL ledger_refunded(t.id) AS r
           JOIN ledger_lot l ON l.transaction_id = t.id AND l.kind = 'paid'
           WHERE t.kind = 'top_up' AND EXISTS (SELECT FROM ledger_transaction f WHERE f.about_id = t.id)
             AND (r.cash < 0 OR l.clawed <> least(t.amount, r.cash) - r.tax)""",
    ),
    Check(
        "debts",
        "A member has paid credit or owes, not both.",
        """SELECT format('member %s', member_id), member_id FROM ledger_wallet WHERE paid > 0 AND debt > 0""",
    ),
    Check(
        "reversals",
        "A reversal mirrors its transaction: on each system account, each granted lot, and the paid credit as a whole; "
        "that of a refund or dispute the cash.",
        """SELECT format('reversal %s', r.id), r.member_id FROM ledger_transaction r
           JOIN ledger_entry e ON e.transaction_id = ANY (ARRAY[r.id, r.reverses_id])
           JOIN ledger_account a ON a.id = e.account_id LEFT JOIN ledger_lot l ON l.id = e.lot_id
           JOIN ledger_transaction u ON u.id = r.reverses_id
           WHERE r.kind = 'reversal'
             AND (u.kind NOT IN ('refund', 'dispute') OR a.type = 'asset' AND a.member_id IS NULL)
           GROUP BY r.id, CASE WHEN a.member_id IS NULL THEN a.name WHEN l.kind = 'granted' THEN l.id::text ELSE '' END
           HAVING sum(e.amount) <> 0
           UNION ALL SELECT format('reversal %s', r.id), r.member_id FROM ledger_transaction r
           LEFT JOIN ledger_transaction t ON t.id = r.reverses_id
           WHERE (r.kind = 'reversal') <> (r.reverses_id IS NOT NULL) OR r.member_id IS DISTINCT FROM t.member_id
             AND r.kind = 'reversal'
           UNION ALL SELECT format('transaction %s', id), member_id FROM ledger_transaction
           WHERE notable <> (kind NOT IN ('charge', 'hold', 'settle', 'release'))""",
    ),
    Check(
        "external ids",
        "The database keeps external ids unique, and lets nothing be reversed twice.",
        """SELECT wanted, NULL::bigint
           FROM unnest(ARRAY['ledger_transaction_external_id', 'ledger_transaction_reverses']) AS wanted
           WHERE NOT EXISTS (SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
             WHERE c.relname = wanted AND i.indrelid = 'ledger_transaction'::regclass
               AND i.indisunique AND i.indisvalid AND i.indnatts = 1)""",
    ),
    Check(
        "accounts",
        "Every system account stands in the chart with its type and sign.",
        """SELECT name, NULL::bigint FROM ledger_account WHERE member_id IS NULL AND (
             type IS DISTINCT FROM ledger_account_type(name)
             OR sign <> CASE WHEN type IN ('asset', 'expense', 'promotion') THEN 1 ELSE -1 END)""",
    ),
    Check(
        "checkpoints",
        "Each checkpoint is of the past, and the sum of the entries before it. (It is a cache: delete the wrong ones.)",
        """SELECT format('%s until %s', a.name, c.until), NULL::bigint FROM (
             SELECT account_id, until, balance, lag(until, 1, '-infinity') OVER w AS since,
                    lag(balance, 1, 0.0) OVER w AS before
             FROM ledger_checkpoint WINDOW w AS (PARTITION BY account_id ORDER BY until)
           ) AS c JOIN ledger_account a ON a.id = c.account_id
           CROSS JOIN LATERAL (SELECT coalesce(sum(amount), 0) AS total FROM ledger_entry e
             WHERE e.account_id = c.account_id AND e.lot_id IS NULL
               AND e.posted_at >= c.since AND e.posted_at < c.until) AS e
           WHERE c.balance <> c.before + e.total OR c.until > clock_timestamp()""",
    ),
)
