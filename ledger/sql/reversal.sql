-- Undo one transaction, once: the mirror of its entries. On the system's accounts it is exact; on the member's own the
-- same lots get back what they gave, except that what is owed by now is met first and what is no longer owed is credit.
CREATE OR REPLACE FUNCTION ledger_reverse(p_transaction bigint, p_external text, p_actor bigint, p_note text, p_happened timestamptz)
RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  undone ledger_transaction;
  t ledger_transaction;
  w ledger_wallet;
  answer ledger_posting;
  legs ledger_leg[];
BEGIN
  SELECT * INTO undone FROM ledger_transaction WHERE id = p_transaction FOR NO KEY UPDATE;  -- two at once: one waits
  IF NOT FOUND OR undone.kind IN ('top_up', 'hold', 'release', 'expiry', 'reversal') THEN
    RETURN ledger_refuse('refused', CASE WHEN undone.id IS NULL THEN format('there is no transaction %s', p_transaction)
      ELSE format('%s of kind %s cannot be reversed', p_transaction, undone.kind) END);
  END IF;
  IF undone.member_id IS NOT NULL THEN
    w := ledger_lock(undone.member_id, false);
  END IF;
  t := ledger_draft('reversal', undone.member_id, undone.amount, p_external, p_actor, p_note, p_happened, undone.service);
  t.reverses_id := undone.id;
  t.about_id := undone.about_id;
  answer := ledger_guard(t, w);
  IF answer.created IS NULL THEN
    answer := ledger_reversed(undone.id);
  END IF;
  IF answer.created IS NULL AND ledger_short(undone.id, w) THEN
    answer := ledger_refuse('not_covered', 'what it gave has been spent, has expired or is on hold');
  END IF;
  IF answer.created IS NOT NULL THEN
    RETURN answer;
  END IF;
  t := ledger_head(t, w);
  IF t.id IS NULL THEN
    RETURN ledger_guard(t, w);
  END IF;
  legs := ARRAY(SELECT (e.account_id, -e.amount, NULL)::ledger_leg
                FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
                WHERE e.transaction_id = undone.id AND a.member_id IS NULL ORDER BY e.line);
  RETURN ledger_book(t, w, ledger_mirror(undone, t, w, legs));
END $$;

CREATE OR REPLACE FUNCTION ledger_reversed(p_transaction bigint) RETURNS ledger_posting LANGUAGE sql STABLE AS $$
  SELECT ledger_refuse('refused', format('%s is already reversed by %s', p_transaction, id))
  FROM ledger_transaction WHERE reverses_id = p_transaction AND notable
$$;

-- What a transaction did to each lot of the member: a plus was taken from it, a minus was given to it.
CREATE OR REPLACE FUNCTION ledger_moved(p_transaction bigint) RETURNS TABLE (lot_id bigint, moved numeric) LANGUAGE sql STABLE AS $$
  SELECT e.lot_id, sum(e.amount) FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
  WHERE e.transaction_id = p_transaction AND a.member_id IS NOT NULL GROUP BY e.lot_id HAVING sum(e.amount) <> 0
$$;

-- Whether credit that a transaction gave is no longer there to be taken back.
CREATE OR REPLACE FUNCTION ledger_short(p_transaction bigint, w ledger_wallet) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM ledger_moved(p_transaction) m JOIN ledger_lot l ON l.id = m.lot_id
                 WHERE m.moved < 0 AND l.kind = 'granted' AND (l.remaining < -m.moved OR l.expires_at <= w.last_posted_at))
$$;

-- The member's side of a reversal, added to the mirrored entries of the system's accounts. A paid lot that the undone
-- transaction itself made (what its lots had no room for) stays, and the others get that much less.
CREATE OR REPLACE FUNCTION ledger_mirror(undone ledger_transaction, t ledger_transaction, w ledger_wallet, legs ledger_leg[])
RETURNS ledger_leg[] LANGUAGE plpgsql AS $$
DECLARE
  part record;
  v_less numeric := 0;
  v_part numeric;
BEGIN
  FOR part IN
    SELECT m.lot_id, m.moved, l.kind FROM ledger_moved(undone.id) m LEFT JOIN ledger_lot l ON l.id = m.lot_id
    ORDER BY m.moved > 0, m.lot_id
  LOOP
    IF part.lot_id IS NULL THEN  -- a debt that was written off is owed again
      legs := legs || (w.debt_account_id, -part.moved, NULL)::ledger_leg;
    ELSIF part.moved < 0 AND part.kind = 'granted' THEN
      legs := legs || (w.granted_account_id, -part.moved, part.lot_id)::ledger_leg;
    ELSIF part.moved < 0 THEN
      v_less := v_less - part.moved;
    ELSIF undone.kind = 'refund' AND part.kind = 'paid' THEN
      legs := ledger_unrefund(undone, t, w, legs, part.lot_id);
    ELSE
      v_part := CASE part.kind WHEN 'paid' THEN least(part.moved, v_less) ELSE 0 END;
      v_less := v_less - v_part;
      IF part.moved > v_part THEN
        legs := ledger_give_back(w, t, legs, part.lot_id, part.moved - v_part);
      END IF;
    END IF;
  END LOOP;
  RETURN legs;
END $$;

-- A refund that failed gives exactly back: to the lot what was taken from it, to the debt what was made of it. Where
-- that debt has been met since, the lots that met it are refilled, the newest first, and then the refunded lot itself.
CREATE OR REPLACE FUNCTION ledger_unrefund(undone ledger_transaction, t ledger_transaction, w ledger_wallet, legs ledger_leg[], p_lot bigint)
RETURNS ledger_leg[] LANGUAGE plpgsql AS $$
DECLARE
  lot record;
  v_paid numeric;
  v_debt numeric;
  v_met numeric;
  v_part numeric;
BEGIN
  SELECT coalesce(sum(amount) FILTER (WHERE account_id = w.paid_account_id), 0),
         coalesce(sum(amount) FILTER (WHERE account_id = w.debt_account_id), 0)
  INTO v_paid, v_debt FROM ledger_entry WHERE transaction_id = undone.id AND lot_id = p_lot;
  v_met := greatest(0, v_debt - w.debt);
  FOR lot IN
    SELECT l.id, least(-sum(e.amount), l.amount - l.remaining) AS room
    FROM ledger_transaction m JOIN ledger_entry e ON e.transaction_id = m.id JOIN ledger_lot l ON l.id = e.lot_id
    WHERE m.member_id = w.member_id AND e.account_id = w.debt_account_id AND l.id <> p_lot AND l.kind = 'paid'
    GROUP BY l.id HAVING sum(e.amount) < 0 ORDER BY l.id DESC
  LOOP
    v_part := least(v_met, lot.room);
    CONTINUE WHEN v_part <= 0;
    legs := legs || (w.debt_account_id, v_part, lot.id)::ledger_leg || (w.paid_account_id, -v_part, lot.id)::ledger_leg;
    v_met := v_met - v_part;
  END LOOP;
  IF v_debt - v_met > 0 THEN
    legs := legs || (w.debt_account_id, v_met - v_debt, p_lot)::ledger_leg;
  END IF;
  IF v_paid + v_met > 0 THEN  -- w without its debt: this part is no longer owed, and is not to meet another debt
    w.debt := -coalesce((SELECT sum(l.amount) FROM unnest(legs) AS l WHERE l.account_id = w.debt_account_id), 0);
    legs := ledger_give_back(w, t, legs, p_lot, v_paid + v_met);
  END IF;
  RETURN legs;
END $$;
