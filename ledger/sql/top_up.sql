-- A payment that buys credit. p_cash is all that arrived, tax included. The paid part is one lot, whose amount is that
-- part in full: what fills a debt counts as used from it. p_ordered is its place in the spending order.
CREATE OR REPLACE FUNCTION ledger_top_up(p_member bigint, p_cash numeric, p_granted numeric, p_tax numeric,
  p_cash_account text, p_ordered timestamptz, p_external text, p_actor bigint, p_note text, p_happened timestamptz)
RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  t ledger_transaction := ledger_draft('top_up', p_member, p_cash, p_external, p_actor, p_note, p_happened, '');
  w ledger_wallet;
  answer ledger_posting;
  legs ledger_leg[];
  v_unfit text := coalesce(ledger_unfit(p_cash), ledger_unfit(p_granted + 1), ledger_unfit(p_tax + 1), ledger_unfit(p_cash - p_tax));
BEGIN
  IF v_unfit IS NOT NULL OR p_granted < 0 OR p_tax < 0 THEN
    RETURN ledger_refuse('amount', coalesce(v_unfit, 'tax and granted credit are zero or more'));
  END IF;
  IF p_cash_account NOT IN ('stripe', 'paypal', 'bank') OR p_external IS NULL THEN
    RETURN ledger_refuse('refused', 'a top-up names its cash account and its external id');
  END IF;
  w := ledger_lock(p_member, true);
  answer := ledger_guard(t, w);
  IF answer.created IS NOT NULL THEN
    RETURN answer;
  END IF;
  t := ledger_head(t, w);
  IF t.id IS NULL THEN
    RETURN ledger_guard(t, w);
  END IF;
  legs := ARRAY[(ledger_account(p_cash_account), p_cash, NULL)::ledger_leg,
                (ledger_account('tax_payable'), -p_tax, NULL)::ledger_leg];
  legs := ledger_lay(w, t, legs, ledger_new_lot(t, 'paid', p_cash - p_tax, NULL, p_ordered), p_tax - p_cash);
  IF p_granted > 0 THEN
    legs := legs || (ledger_account('promo_issued'), p_granted, NULL)::ledger_leg
      || (w.granted_account_id, -p_granted, ledger_new_lot(t, 'granted', p_granted, NULL, p_ordered))::ledger_leg;
  END IF;
  RETURN ledger_book(t, w, ledger_moving(legs));
END $$;
