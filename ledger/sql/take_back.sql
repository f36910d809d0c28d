-- What a grant was for went back in part or as a whole, or came back: p_clawed of it is taken back in all, up to what is
-- left of it, never into debt. Nothing is booked where that is so already.
CREATE OR REPLACE FUNCTION ledger_take_back(p_grant text, p_clawed numeric, p_external text, p_note text, p_happened timestamptz)
RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  given ledger_transaction;
  t ledger_transaction;
  w ledger_wallet;
  lot ledger_lot;
  v_more numeric;
BEGIN
  SELECT * INTO given FROM ledger_transaction WHERE external_id = p_grant AND kind = 'grant';
  IF NOT FOUND THEN
    RETURN ledger_refuse('refused', format('no grant is booked as "%s"', p_grant));
  END IF;
  w := ledger_lock(given.member_id, false);
  SELECT * INTO lot FROM ledger_lot WHERE transaction_id = given.id;
  v_more := least(lot.clawed + lot.remaining, p_clawed) - lot.clawed;
  IF v_more = 0 OR lot.expires_at <= w.last_posted_at THEN
    RETURN (NULL, NULL, NULL, false, w.paid, w.granted, w.held, w.debt, NULL)::ledger_posting;
  END IF;
  t := ledger_draft('adjustment', given.member_id, -v_more, p_external, NULL, p_note, p_happened, '');
  t.about_id := given.id;
  t := ledger_head(t, w);
  IF t.id IS NULL THEN
    RETURN ledger_refuse('refused', format('external id "%s" is already booked', p_external));
  END IF;
  UPDATE ledger_lot SET clawed = clawed + v_more WHERE id = lot.id;
  RETURN ledger_book(t, w, ARRAY[(w.granted_account_id, v_more, lot.id)::ledger_leg,
                                 (ledger_account('promo_issued'), -v_more, NULL)::ledger_leg]);
END $$;
