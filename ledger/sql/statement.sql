-- A member's history as a statement tells it. What was told of the past never changes: an expiry stands at the lot's
-- `expires_at`, recorded or not, so the transactions that record expiries are left out.

-- Until when the past of a member is known: everything posted before `until` is visible from now on, and nothing more can
-- fall before it. With it, the stored balances of that very instant, without lots that had expired.
CREATE OR REPLACE FUNCTION ledger_known_until(p_member bigint, OUT until timestamptz, OUT paid numeric, OUT granted numeric,
  OUT held numeric, OUT debt numeric) LANGUAGE plpgsql AS $$
DECLARE
  w ledger_wallet;
BEGIN
  SELECT * INTO w FROM ledger_wallet WHERE member_id = p_member FOR SHARE;
  IF NOT FOUND THEN  -- it may be opening just now, which keeps a key lock on the person: wait for that, and look again
    PERFORM FROM accounts_user WHERE id = p_member FOR UPDATE;
    SELECT * INTO w FROM ledger_wallet WHERE member_id = p_member FOR SHARE;
  END IF;
  until := greatest(clock_timestamp(), w.last_posted_at + interval '1 microsecond');
  SELECT coalesce(w.paid, 0), coalesce(w.granted, 0) - coalesce(sum(l.remaining), 0), coalesce(w.held, 0), coalesce(w.debt, 0)
  INTO paid, granted, held, debt
  FROM ledger_lot l WHERE l.member_id = p_member AND l.has_rest AND l.expires_at < until;
END $$;

-- What moved on the member's four accounts before p_until, in natural signs. `turn` 0 is the expiry of the lot `source`, 1
-- the transaction `source`: of one instant, what expires goes first. Credit that comes back to a lot that has expired
-- expires at once: a second line, right after its own, takes it away.
CREATE OR REPLACE FUNCTION ledger_statement_lines(p_member bigint, p_until timestamptz)
RETURNS TABLE (at timestamptz, turn integer, source bigint, kind text, service text, corrects bigint, line integer,
  account text, lot_id bigint, amount numeric) LANGUAGE sql STABLE AS $$
  WITH booked AS (
    SELECT t.posted_at AS at, t.id, t.kind, t.service, t.reverses_id, e.line * 2 AS line,
           CASE e.account_id WHEN w.paid_account_id THEN 'paid' WHEN w.granted_account_id THEN 'granted'
                             WHEN w.held_account_id THEN 'held' ELSE 'owed' END AS account,
           e.lot_id, CASE e.account_id WHEN w.debt_account_id THEN e.amount ELSE -e.amount END AS amount,
           CASE e.account_id WHEN w.granted_account_id THEN l.expires_at END AS expires_at
    FROM ledger_wallet w JOIN ledger_transaction t ON t.member_id = w.member_id
    JOIN ledger_entry e ON e.transaction_id = t.id LEFT JOIN ledger_lot l ON l.id = e.lot_id
    WHERE w.member_id = p_member AND t.posted_at < p_until AND t.kind <> 'expiry'
      AND e.account_id IN (w.paid_account_id, w.granted_account_id, w.held_account_id, w.debt_account_id))
  SELECT at, 1, id, kind, service, reverses_id, line, account, lot_id, amount FROM booked
  UNION ALL
  SELECT at, 1, id, kind, service, reverses_id, line + 1, account, lot_id, -amount FROM booked WHERE expires_at <= at
  UNION ALL
  SELECT expires_at, 0, lot_id, 'expiry', '', NULL, 2, account, lot_id, -sum(amount) FROM booked
  WHERE at < expires_at AND expires_at < p_until GROUP BY expires_at, lot_id, account HAVING sum(amount) <> 0
$$;

-- The movements, numbered from 1, each with the balances after it and its hash. The form of what is hashed is described in
-- ledger/statement.py; it is a promise to whoever kept a file. (All windows have one order: it is sorted once.)
CREATE OR REPLACE FUNCTION ledger_statement(p_member bigint, p_until timestamptz)
RETURNS TABLE (number bigint, at timestamptz, kind text, service text, transaction_id bigint, corrects bigint, lines text,
  paid numeric, granted numeric, held numeric, owed numeric, paid_after numeric, granted_after numeric, held_after numeric,
  owed_after numeric, hash text) LANGUAGE sql STABLE AS $$
  WITH moved AS (
    SELECT at, turn, source, kind, service, corrects, CASE turn WHEN 1 THEN source END AS transaction_id,
           row_number() OVER (ORDER BY at, turn, source) AS number,
           '[' || string_agg(format('["%s",%s,"%s"]', account, coalesce(lot_id::text, 'null'), amount::numeric(20, 6)), ','
                             ORDER BY line) || ']' AS lines,
           coalesce(sum(amount) FILTER (WHERE account = 'paid'), 0.000000) AS paid,
           coalesce(sum(amount) FILTER (WHERE account = 'granted'), 0.000000) AS granted,
           coalesce(sum(amount) FILTER (WHERE account = 'held'), 0.000000) AS held,
           coalesce(sum(amount) FILTER (WHERE account = 'owed'), 0.000000) AS owed
    FROM ledger_statement_lines(p_member, p_until) GROUP BY at, turn, source, kind, service, corrects)
  SELECT number, at, kind, service, transaction_id, corrects, lines, paid, granted, held, owed,
         sum(paid) OVER past, sum(granted) OVER past, sum(held) OVER past, sum(owed) OVER past,
         ledger_chain(ledger_genesis(p_member),
           format('{"at":"%s","corrects":%s,"kind":"%s","lines":%s,"number":%s,"service":"%s","transaction":%s}',
             to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), coalesce(corrects::text, 'null'), kind, lines,
             number, service, coalesce(transaction_id::text, 'null'))) OVER past
  FROM moved WINDOW past AS (ORDER BY at, turn, source)
$$;

-- The hash before a member's first movement.
CREATE OR REPLACE FUNCTION ledger_genesis(p_member bigint) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT encode(sha256(convert_to('poemvision statement of member ' || p_member, 'UTF8')), 'hex')
$$;

CREATE OR REPLACE FUNCTION ledger_link(p_hash text, p_genesis text, p_fact text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  RETURN encode(sha256(convert_to(coalesce(p_hash, p_genesis) || p_fact, 'UTF8')), 'hex');
END $$;

CREATE OR REPLACE AGGREGATE ledger_chain(p_genesis text, p_fact text) (SFUNC = ledger_link, STYPE = text);
