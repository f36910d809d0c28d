-- Record that what is left of a granted lot has expired. It counted for nothing since its expiry already.
CREATE OR REPLACE FUNCTION ledger_expire_lot(p_lot bigint) RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  lot ledger_lot;
  t ledger_transaction;
  w ledger_wallet;
BEGIN
  SELECT * INTO lot FROM ledger_lot WHERE id = p_lot;
  IF NOT FOUND THEN
    RETURN ledger_refuse('refused', format('there is no lot %s', p_lot));
  END IF;
  w := ledger_lock(lot.member_id, false);
  SELECT * INTO lot FROM ledger_lot WHERE id = p_lot;  -- again, now that the wallet is locked
  IF lot.expires_at IS NULL OR lot.expires_at > w.last_posted_at OR lot.remaining = 0 THEN
    RETURN ledger_refuse('refused', format('nothing of lot %s has expired', p_lot));
  END IF;
  t := ledger_draft('expiry', lot.member_id, lot.remaining, NULL, NULL, '', lot.expires_at, '');
  t.about_id := lot.transaction_id;
  t := ledger_head(t, w);
  RETURN ledger_book(t, w, ARRAY[(w.granted_account_id, lot.remaining, p_lot)::ledger_leg,
                                 (ledger_account('promo_expired'), -lot.remaining, NULL)::ledger_leg]);
END $$;
