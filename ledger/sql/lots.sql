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
    ORDER BY kind = 'paid', expires_at NULLS LAST, ordered_at, id
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
    ledger_usd(p_amount), ledger_usd(w.granted), ledger_usd(w.paid),
    CASE WHEN w.debt > 0 THEN ', of which none while ' || ledger_usd(w.debt) || ' is owed' ELSE '' END))
$$;

-- Lay out a member's paid credit anew, after p_out of it has gone (or, negative, has come), as legs added to `legs`. What was
-- used so far is taken from the oldest lots first, from frozen ones last, whatever they have room for; the rest is debt. So the result
-- follows from what is paid in, back and used alone, never from the order in which we heard of it, and a member
-- has paid credit or owes, not both. Credit that no lot has room for (what was used is undone after it had been
-- written off) becomes a lot of its own.
CREATE OR REPLACE FUNCTION ledger_lay(w ledger_wallet, t ledger_transaction, legs ledger_leg[], p_lot bigint, p_out numeric)
RETURNS ledger_leg[] LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  v_left numeric := greatest(0, w.paid - w.debt - p_out);
  v_debt numeric := greatest(0, p_out + w.debt - w.paid);
  v_rest numeric;
BEGIN
  IF v_debt <> w.debt THEN
    legs := legs || (w.debt_account_id, v_debt - w.debt, p_lot)::ledger_leg;
  END IF;
  FOR lot IN
    SELECT id, remaining, amount - clawed AS room FROM ledger_lot
    WHERE member_id = w.member_id AND kind = 'paid' AND (amount > clawed OR has_rest)
    ORDER BY frozen_at IS NULL, ordered_at DESC, id DESC
  LOOP
    v_rest := least(lot.room, v_left);
    v_left := v_left - v_rest;
    IF v_rest <> lot.remaining THEN
      legs := legs || (w.paid_account_id, lot.remaining - v_rest, lot.id)::ledger_leg;
    END IF;
  END LOOP;
  IF v_left > 0 THEN
    legs := legs || (w.paid_account_id, -v_left, ledger_new_lot(t, 'paid', v_left, NULL, NULL))::ledger_leg;
  END IF;
  RETURN legs;
END $$;

-- Credit that comes back to the lots it was taken from: `parts` are lots with amounts. Where a debt stands, or a lot has no
-- room any more (its top-up was refunded since), the paid part is laid out anew instead.
CREATE OR REPLACE FUNCTION ledger_give_back(w ledger_wallet, t ledger_transaction, legs ledger_leg[], parts ledger_leg[])
RETURNS ledger_leg[] LANGUAGE plpgsql AS $$
DECLARE
  part record;
  v_lot bigint;
  v_paid numeric;
  v_fits boolean;
BEGIN
  SELECT max(l.id), coalesce(sum(p.amount), 0), coalesce(bool_and(p.amount <= l.amount - l.clawed - l.remaining), true)
  INTO v_lot, v_paid, v_fits FROM unnest(parts) AS p JOIN ledger_lot l ON l.id = p.lot_id WHERE l.kind = 'paid';
  v_fits := v_fits AND w.debt = 0;
  FOR part IN
    SELECT p.amount, l.id, l.kind FROM unnest(parts) AS p JOIN ledger_lot l ON l.id = p.lot_id
    WHERE v_fits OR l.kind = 'granted' ORDER BY l.id
  LOOP
    legs := legs || (CASE part.kind WHEN 'paid' THEN w.paid_account_id ELSE w.granted_account_id END,
                     -part.amount, part.id)::ledger_leg;
  END LOOP;
  RETURN CASE WHEN v_fits THEN legs ELSE ledger_lay(w, t, legs, v_lot, -v_paid) END;
END $$;
