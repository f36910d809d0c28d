-- Cash of a top-up went back, by a refund or a dispute. It claws back the top-up's lot; what has been used of it is taken from
-- the member's other lots, then becomes debt. Tax goes back in proportion, and so does the bonus: up to what is left of
-- it, never into debt.
CREATE OR REPLACE FUNCTION ledger_refund(p_kind text, p_member bigint, p_amount numeric, p_top_up text, p_external text,
  p_actor bigint, p_note text, p_happened timestamptz) RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  t ledger_transaction := ledger_draft(p_kind, p_member, p_amount, p_external, p_actor, p_note, p_happened, '');
  w ledger_wallet;
  answer ledger_posting;
  top_up ledger_transaction;
BEGIN
  IF ledger_unfit(p_amount) IS NOT NULL THEN
    RETURN ledger_refuse('amount', ledger_unfit(p_amount));
  END IF;
  IF p_kind NOT IN ('refund', 'dispute') THEN
    RETURN ledger_refuse('refused', format('"%s" takes nothing back', p_kind));
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
  RETURN ledger_return(t, w, top_up, p_amount);
END $$;

-- Cash of a top-up goes back (p_cash > 0), or stays after all (p_cash < 0: a refund failed, a dispute is won). How much of the
-- lot, the tax and the bonus that is follows from all that went back so far, in whatever order. What goes back beyond
-- the payment is nobody's credit and is booked to disputes: a dispute over what was refunded already, a refund that we hear
-- of before the failure of another.
CREATE OR REPLACE FUNCTION ledger_return(t ledger_transaction, w ledger_wallet, top_up ledger_transaction, p_cash numeric)
RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  so_far record;
  lot ledger_lot;
  bonus ledger_lot;
  legs ledger_leg[];
  v_back numeric;  -- of the payment, all in all
  v_over numeric;
  v_tax numeric;
  v_claw numeric;
  v_bonus numeric;
BEGIN
  t := ledger_head(t, w);
  IF t.id IS NULL THEN
    RETURN ledger_guard(t, w);
  END IF;
  so_far := ledger_refunded(top_up.id);
  SELECT * INTO lot FROM ledger_lot WHERE transaction_id = top_up.id AND kind = 'paid';
  SELECT * INTO bonus FROM ledger_lot WHERE transaction_id = top_up.id AND kind = 'granted';
  v_back := least(top_up.amount, so_far.cash + p_cash);
  v_over := greatest(0, so_far.cash + p_cash - top_up.amount) - greatest(0, so_far.cash - top_up.amount);
  v_tax := round((top_up.amount - lot.amount) * v_back / top_up.amount, 6) - so_far.tax;
  v_claw := p_cash - v_over - v_tax;
  UPDATE ledger_lot SET clawed = clawed + v_claw WHERE id = lot.id;
  legs := ARRAY[(so_far.cash_account_id, -p_cash, NULL)::ledger_leg, (ledger_account('tax_payable'), v_tax, NULL)::ledger_leg,
                (ledger_account('disputes'), v_over, NULL)::ledger_leg];
  legs := ledger_lay(w, t, legs, lot.id, v_claw);
  IF bonus.id IS NOT NULL THEN
    v_bonus := least(bonus.clawed + bonus.remaining, round(bonus.amount * v_back / top_up.amount, 6)) - bonus.clawed;
    UPDATE ledger_lot SET clawed = clawed + v_bonus WHERE id = bonus.id;
    legs := legs || (w.granted_account_id, v_bonus, bonus.id)::ledger_leg
                 || (ledger_account('promo_issued'), -v_bonus, NULL)::ledger_leg;
  END IF;
  RETURN ledger_book(t, w, ledger_moving(legs));
END $$;

-- What has gone back of a top-up so far, what was given back taken into account.
CREATE OR REPLACE FUNCTION ledger_refunded(p_top_up bigint, OUT cash numeric, OUT tax numeric, OUT cash_account_id bigint)
LANGUAGE sql STABLE AS $$
  SELECT coalesce(-sum(e.amount) FILTER (WHERE a.type = 'asset' AND t.id <> p_top_up), 0),
         coalesce(sum(e.amount) FILTER (WHERE a.name = 'tax_payable' AND t.id <> p_top_up), 0),
         max(a.id) FILTER (WHERE a.type = 'asset' AND t.id = p_top_up)
  FROM ledger_transaction t JOIN ledger_entry e ON e.transaction_id = t.id JOIN ledger_account a ON a.id = e.account_id
  WHERE (t.id = p_top_up OR (t.about_id = p_top_up AND t.notable)) AND a.member_id IS NULL
$$;
