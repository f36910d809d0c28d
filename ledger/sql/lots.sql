-- Which lots an amount comes from, as debits: granted first (soonest expiry, then oldest), then paid (oldest first);
-- never an expired or a frozen one, and no paid one where p_paid_too is false. NULL where they do not cover it.
CREATE OR REPLACE FUNCTION ledger_take(w ledger_wallet, p_amount numeric, p_paid_too boolean)
RETURNS ledger_leg[] LANGUAGE plpgsql AS $$
DECLARE
  legs ledger_leg[] := '{}';
  lot record;
  v_left numeric := p_amount;
BEGIN
  IF w.member_id IS NULL OR p_amount > w.paid + w.granted THEN
    RETURN NULL;
  END IF;
  FOR lot IN
    SELECT id, kind, remaining FROM ledger_lot
    WHERE member_id = w.member_id AND has_rest AND frozen_at IS NULL
      AND (expires_at IS NULL OR expires_at > w.last_posted_at) AND (p_paid_too OR kind = 'granted')
    ORDER BY kind = 'paid', expires_at NULLS LAST, id
  LOOP
    legs := legs || (CASE lot.kind WHEN 'paid' THEN w.paid_account_id ELSE w.granted_account_id END,
                     least(v_left, lot.remaining), lot.id)::ledger_leg;
    v_left := v_left - lot.remaining;
    IF v_left <= 0 THEN
      RETURN legs;
    END IF;
  END LOOP;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_not_covered(w ledger_wallet, p_amount numeric) RETURNS ledger_posting LANGUAGE sql STABLE AS $$
  SELECT ledger_refuse('not_covered', format('%s is more than the credit that can be spent (granted %s, paid %s%s)',
    trim_scale(p_amount), trim_scale(w.granted), trim_scale(w.paid),
    CASE WHEN w.debt > 0 THEN ', of which none while ' || trim_scale(w.debt) || ' is owed' ELSE '' END))
$$;

-- Credit that comes back to its lot, added to `legs`. Paid credit fills the debt first. What the lot has no room for (its
-- top-up was refunded, that debt was met from elsewhere, and now the spending is undone too) becomes a lot of its own.
CREATE OR REPLACE FUNCTION ledger_give_back(w ledger_wallet, t ledger_transaction, legs ledger_leg[], p_lot bigint, p_amount numeric)
RETURNS ledger_leg[] LANGUAGE plpgsql AS $$
DECLARE
  lot ledger_lot;
  v_debt numeric;
  v_back numeric;
  v_room numeric;
BEGIN
  SELECT * INTO lot FROM ledger_lot WHERE id = p_lot;
  IF lot.kind = 'granted' THEN
    RETURN legs || (w.granted_account_id, -p_amount, p_lot)::ledger_leg;
  END IF;
  SELECT least(p_amount, w.debt + coalesce(sum(l.amount), 0)) INTO v_debt
  FROM unnest(legs) AS l WHERE l.account_id = w.debt_account_id;
  SELECT lot.amount - lot.remaining + coalesce(sum(l.amount), 0) INTO v_room
  FROM unnest(legs) AS l WHERE l.account_id = w.paid_account_id AND l.lot_id = p_lot;
  v_back := least(p_amount - v_debt, v_room);
  IF v_debt > 0 THEN
    legs := legs || (w.debt_account_id, -v_debt, p_lot)::ledger_leg;
  END IF;
  IF v_back > 0 THEN
    legs := legs || (w.paid_account_id, -v_back, p_lot)::ledger_leg;
  END IF;
  IF p_amount > v_debt + v_back THEN
    legs := legs || (w.paid_account_id, v_debt + v_back - p_amount,
                     ledger_new_lot(t, 'paid', p_amount - v_debt - v_back, NULL))::ledger_leg;
  END IF;
  RETURN legs;
END $$;
