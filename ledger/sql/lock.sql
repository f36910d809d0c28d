-- Take the one row lock of a posting: the member's wallet. Its last_posted_at becomes the instant of this posting, read
-- after the lock and always later than the one before: so no posting can slip in before an instant already answered for.
CREATE OR REPLACE FUNCTION ledger_lock(p_member bigint, p_create boolean) RETURNS ledger_wallet LANGUAGE plpgsql AS $$
DECLARE
  w ledger_wallet;
BEGIN
  SELECT * INTO w FROM ledger_wallet WHERE member_id = p_member FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    IF NOT p_create OR NOT EXISTS (SELECT FROM accounts_user WHERE id = p_member) THEN
      RETURN NULL;
    END IF;
    PERFORM ledger_open_wallet(p_member);
    SELECT * INTO w FROM ledger_wallet WHERE member_id = p_member FOR NO KEY UPDATE;
  END IF;
  w.last_posted_at := greatest(clock_timestamp(), w.last_posted_at + interval '1 microsecond');
  RETURN w;
END $$;

-- Two that open the same wallet at once: the second waits for the first and finds its rows.
CREATE OR REPLACE FUNCTION ledger_open_wallet(p_member bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_account (name, type, sign, member_id, role)
  SELECT format('member:%s:%s', p_member, role), CASE role WHEN 'debt' THEN 'asset' ELSE 'liability' END,
         CASE role WHEN 'debt' THEN 1 ELSE -1 END, p_member, role
  FROM unnest(ARRAY['paid', 'granted', 'held', 'debt']) AS role
  ON CONFLICT (name) DO NOTHING;
  INSERT INTO ledger_wallet (member_id, paid, granted, held, debt, last_posted_at, frozen_reason,
                             paid_account_id, granted_account_id, held_account_id, debt_account_id)
  SELECT p_member, 0, 0, 0, 0, clock_timestamp(), '', max(id) FILTER (WHERE role = 'paid'),
         max(id) FILTER (WHERE role = 'granted'), max(id) FILTER (WHERE role = 'held'), max(id) FILTER (WHERE role = 'debt')
  FROM ledger_account WHERE name = ANY (ARRAY(
    SELECT format('member:%s:%s', p_member, role) FROM unnest(ARRAY['paid', 'granted', 'held', 'debt']) AS role))
  ON CONFLICT (member_id) DO NOTHING;
END $$;
