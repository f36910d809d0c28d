-- Close a hold: p_amount of it (none for a release) is charged, from its lots in the order they were taken; the rest
-- goes back to them.
CREATE OR REPLACE FUNCTION ledger_close_hold(p_kind text, p_hold bigint, p_amount numeric, p_external text, p_actor bigint,
  p_note text, p_happened timestamptz) RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  hold ledger_hold;
  t ledger_transaction;
  w ledger_wallet;
  answer ledger_posting;
  legs ledger_leg[] := '{}';
  back ledger_leg[] := '{}';
  part record;
  v_use numeric;
  v_paid numeric := 0;
  v_left numeric := p_amount;
BEGIN
  SELECT * INTO hold FROM ledger_hold WHERE id = p_hold;
  IF NOT FOUND THEN
    RETURN ledger_refuse('refused', format('there is no hold %s', p_hold));
  END IF;
  w := ledger_lock(hold.member_id, false);
  t := ledger_draft(p_kind, hold.member_id, CASE p_kind WHEN 'release' THEN hold.amount ELSE p_amount END, p_external,
                    p_actor, p_note, p_happened, hold.service);
  t.about_id := hold.transaction_id;
  answer := ledger_guard(t, w);
  IF answer.created IS NOT NULL THEN
    RETURN answer;
  END IF;
  SELECT * INTO hold FROM ledger_hold WHERE id = p_hold;  -- again, now that the wallet is locked
  IF hold.status <> 'open' THEN
    RETURN ledger_refuse('refused', format('hold %s is already %s', p_hold, hold.status));
  END IF;
  IF p_amount > hold.amount THEN
    RETURN ledger_refuse('refused', format('%s is more than the %s on hold', ledger_usd(p_amount), ledger_usd(hold.amount)));
  END IF;
  t := ledger_head(t, w);
  IF t.id IS NULL THEN
    RETURN ledger_guard(t, w);
  END IF;
  FOR part IN
    SELECT e.lot_id, -e.amount AS amount, l.kind FROM ledger_entry e JOIN ledger_lot l ON l.id = e.lot_id
    WHERE e.transaction_id = hold.transaction_id AND e.account_id = w.held_account_id ORDER BY e.line
  LOOP
    v_use := least(part.amount, v_left);
    v_left := v_left - v_use;
    v_paid := v_paid + CASE part.kind WHEN 'paid' THEN v_use ELSE 0 END;
    legs := legs || (w.held_account_id, part.amount, part.lot_id)::ledger_leg;
    IF part.amount > v_use THEN
      back := back || (NULL, part.amount - v_use, part.lot_id)::ledger_leg;
    END IF;
  END LOOP;
  legs := ledger_give_back(w, t, legs, back);
  UPDATE ledger_hold SET status = CASE p_kind WHEN 'release' THEN 'released' ELSE 'settled' END WHERE id = p_hold;
  answer := ledger_book(t, w, legs || ledger_earn(p_amount - v_paid, v_paid, hold.service));
  answer.hold_id := p_hold;
  RETURN answer;
END $$;

-- The other side of spending: granted credit is promotional usage, paid credit is revenue.
CREATE OR REPLACE FUNCTION ledger_earn(p_granted numeric, p_paid numeric, p_service text)
RETURNS ledger_leg[] LANGUAGE plpgsql AS $$
DECLARE
  legs ledger_leg[] := '{}';
BEGIN
  IF p_granted > 0 THEN
    legs := legs || (ledger_account('promo_usage/' || p_service), -p_granted, NULL)::ledger_leg;
  END IF;
  IF p_paid > 0 THEN
    legs := legs || (ledger_account('revenue/' || p_service), -p_paid, NULL)::ledger_leg;
  END IF;
  RETURN legs;
END $$;

CREATE OR REPLACE FUNCTION ledger_settle(p_hold bigint, p_amount numeric, p_external text, p_actor bigint, p_note text,
  p_happened timestamptz) RETURNS ledger_posting LANGUAGE plpgsql AS $$
BEGIN
  IF ledger_unfit(p_amount) IS NOT NULL THEN
    RETURN ledger_refuse('amount', ledger_unfit(p_amount));
  END IF;
  RETURN ledger_close_hold('settle', p_hold, p_amount, p_external, p_actor, p_note, p_happened);
END $$;
