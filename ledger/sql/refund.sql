-- Cash of a top-up went back. It claws back what is left of the top-up's lot; the rest becomes debt. Tax goes back in
-- proportion, and so does the bonus: by the sum of all refunds so far, up to what is left of the bonus, never into debt.
CREATE OR REPLACE FUNCTION ledger_refund(p_member bigint, p_amount numeric, p_top_up text, p_external text, p_actor bigint,
  p_note text, p_happened timestamptz) RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  t ledger_transaction := ledger_draft('refund', p_member, p_amount, p_external, p_actor, p_note, p_happened, '');
  w ledger_wallet;
  answer ledger_posting;
  top_up ledger_transaction;
  lot ledger_lot;
  bonus ledger_lot;
  so_far record;
  v_tax numeric;
  v_lot numeric;
  v_bonus numeric := 0;
BEGIN
  IF ledger_unfit(p_amount) IS NOT NULL THEN
    RETURN ledger_refuse('amount', ledger_unfit(p_amount));
  END IF;
  w := ledger_lock(p_member, false);
  SELECT * INTO top_up FROM ledger_transaction WHERE external_id = p_top_up AND kind = 'top_up' AND member_id = p_member;
  t.about_id := top_up.id;
  answer := ledger_guard(t, w);
  IF answer.created IS NOT NULL THEN
    RETURN answer;
  END IF;
  IF top_up.id IS NULL THEN
    RETURN ledger_refuse('refused', format('no top-up of this member is booked as "%s"', p_top_up));
  END IF;
  so_far := ledger_refunded(top_up.id);
  IF so_far.cash + p_amount > top_up.amount THEN
    RETURN ledger_refuse('refused', format('%s is more than the %s of this top-up that is not refunded yet',
                                           p_amount, top_up.amount - so_far.cash));
  END IF;
  SELECT * INTO lot FROM ledger_lot WHERE transaction_id = top_up.id AND kind = 'paid';
  SELECT * INTO bonus FROM ledger_lot WHERE transaction_id = top_up.id AND kind = 'granted';
  v_tax := round((top_up.amount - lot.amount) * (so_far.cash + p_amount) / top_up.amount, 6) - so_far.tax;
  v_lot := least(lot.remaining, p_amount - v_tax);
  IF bonus.id IS NOT NULL THEN
    v_bonus := greatest(0, least(bonus.remaining,
      round(bonus.amount * (so_far.cash + p_amount) / top_up.amount, 6) - so_far.bonus));
  END IF;
  t := ledger_head(t, w);
  IF t.id IS NULL THEN
    RETURN ledger_guard(t, w);
  END IF;
  RETURN ledger_book(t, w, ledger_moving(ARRAY[
    (so_far.cash_account_id, -p_amount, NULL)::ledger_leg, (ledger_account('tax_payable'), v_tax, NULL)::ledger_leg,
    (w.paid_account_id, v_lot, lot.id)::ledger_leg, (w.debt_account_id, p_amount - v_tax - v_lot, lot.id)::ledger_leg,
    (w.granted_account_id, v_bonus, bonus.id)::ledger_leg, (ledger_account('promo_issued'), -v_bonus, NULL)::ledger_leg]));
END $$;

-- What has gone back of a top-up so far, failed refunds given back taken into account.
CREATE OR REPLACE FUNCTION ledger_refunded(p_top_up bigint, OUT cash numeric, OUT tax numeric, OUT bonus numeric, OUT cash_account_id bigint)
LANGUAGE sql STABLE AS $$
  SELECT coalesce(-sum(e.amount) FILTER (WHERE a.type = 'asset' AND a.member_id IS NULL AND t.id <> p_top_up), 0),
         coalesce(sum(e.amount) FILTER (WHERE a.name = 'tax_payable' AND t.id <> p_top_up), 0),
         coalesce(sum(e.amount) FILTER (WHERE a.role = 'granted' AND t.id <> p_top_up), 0),
         max(a.id) FILTER (WHERE a.type = 'asset' AND a.member_id IS NULL AND t.id = p_top_up)
  FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
  WHERE t.id = p_top_up OR (t.about_id = p_top_up AND t.notable)
$$;
