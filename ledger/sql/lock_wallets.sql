-- Lock the wallets of several members in one order. A function, because a row lock takes the right to UPDATE, which the
-- application's role does not have.
CREATE OR REPLACE FUNCTION ledger_lock_wallets(p_members bigint[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM ledger_wallet WHERE member_id = ANY (p_members) ORDER BY member_id FOR NO KEY UPDATE;
END $$;
