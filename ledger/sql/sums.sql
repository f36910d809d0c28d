-- What stood on each of these system accounts before each of these instants (debit positive): the last checkpoint that is not
-- later, and the entries since. Without any checkpoint it is the sum of all entries: slower, never wrong.
CREATE OR REPLACE FUNCTION ledger_sums(p_accounts bigint[], p_untils timestamptz[])
RETURNS TABLE (account_id bigint, until timestamptz, total numeric) LANGUAGE sql STABLE AS $$
  SELECT a.id, u.until, coalesce(c.balance, 0) + coalesce(s.total, 0)
  FROM unnest(p_accounts) AS a(id) CROSS JOIN unnest(p_untils) AS u(until)
  LEFT JOIN LATERAL (SELECT k.until, k.balance FROM ledger_checkpoint k WHERE k.account_id = a.id AND k.until <= u.until
                     ORDER BY k.until DESC LIMIT 1) AS c ON true
  CROSS JOIN LATERAL (SELECT sum(e.amount) AS total FROM ledger_entry e WHERE e.account_id = a.id AND e.lot_id IS NULL
                      AND e.posted_at >= coalesce(c.until, '-infinity') AND e.posted_at < u.until) AS s
$$;

-- A checkpoint for every system account that moved since its last one. Before an instant that is still to come, more may
-- be booked.
CREATE OR REPLACE FUNCTION ledger_make_checkpoints(p_until timestamptz) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_made bigint;
BEGIN
  IF p_until IS NULL OR p_until > clock_timestamp() THEN
    RAISE EXCEPTION 'a checkpoint is of the past, not of %', p_until USING ERRCODE = 'check_violation';
  END IF;
  WITH made AS (
    INSERT INTO ledger_checkpoint (account_id, until, balance)
    SELECT a.id, p_until, coalesce(c.balance, 0) + s.total
    FROM ledger_account a
    LEFT JOIN LATERAL (SELECT k.until, k.balance FROM ledger_checkpoint k WHERE k.account_id = a.id AND k.until <= p_until
                       ORDER BY k.until DESC LIMIT 1) AS c ON true
    CROSS JOIN LATERAL (SELECT sum(e.amount) AS total FROM ledger_entry e WHERE e.account_id = a.id AND e.lot_id IS NULL
                        AND e.posted_at >= coalesce(c.until, '-infinity') AND e.posted_at < p_until) AS s
    WHERE a.member_id IS NULL AND s.total IS NOT NULL
    ON CONFLICT DO NOTHING RETURNING 1)
  SELECT count(*) INTO v_made FROM made;
  RETURN v_made;
END $$;
