-- A member's balances at a past instant: the entries posted until then, without lots that had expired by then, recorded
-- or not. The lock waits for a posting under way, whose instant may already lie before p_at: so the answer never changes.
-- (Two statements on purpose: the sum has to see what the lock waited for.)
CREATE OR REPLACE FUNCTION ledger_balances_at(p_member bigint, p_at timestamptz, OUT paid numeric, OUT granted numeric,
  OUT held numeric, OUT debt numeric) LANGUAGE plpgsql AS $$
DECLARE
  w ledger_wallet;
  v_at timestamptz;
BEGIN
  SELECT * INTO w FROM ledger_wallet WHERE member_id = p_member FOR SHARE;
  v_at := least(p_at, clock_timestamp());
  SELECT coalesce(-sum(e.amount) FILTER (WHERE e.account_id = w.paid_account_id), 0),
         coalesce(-sum(e.amount) FILTER (WHERE e.account_id = w.granted_account_id
                                           AND (l.expires_at IS NULL OR l.expires_at > v_at)), 0),
         coalesce(-sum(e.amount) FILTER (WHERE e.account_id = w.held_account_id), 0),
         coalesce(sum(e.amount) FILTER (WHERE e.account_id = w.debt_account_id), 0)
  INTO paid, granted, held, debt
  FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id LEFT JOIN ledger_lot l ON l.id = e.lot_id
  WHERE t.member_id = p_member AND t.posted_at <= v_at;
END $$;
