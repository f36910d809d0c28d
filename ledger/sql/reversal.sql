-- Undo one transaction, once: the mirror of its entries. On the system's accounts it is exact; on the member's own the
-- same lots get back what they gave, except that what is owed by now is met first. A refund that failed and a dispute
-- that is won leave the member as if they had never been (see ledger_return).
CREATE OR REPLACE FUNCTION ledger_reverse(p_transaction bigint, p_external text, p_actor bigint, p_note text, p_happened timestamptz)
RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  undone ledger_transaction;
  t ledger_transaction;
  w ledger_wallet;
  answer ledger_posting;
  top_up ledger_transaction;
  legs ledger_leg[];
BEGIN
  SELECT * INTO undone FROM ledger_transaction WHERE id = p_transaction FOR NO KEY UPDATE;  -- two at once: one waits
  IF NOT FOUND OR undone.kind IN ('top_up', 'hold', 'release', 'expiry', 'reorder', 'reversal') THEN
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
  IF undone.kind IN ('refund', 'dispute') THEN
    SELECT * INTO top_up FROM ledger_transaction WHERE id = undone.about_id;
    RETURN ledger_return(t, w, top_up, -undone.amount);
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

-- What a reversal gives back to each lot, and takes from it. A settlement has used what was held of its lots in their order; where
-- its rest found no room there any more, it was laid out anew, which is no part of what was used.
CREATE OR REPLACE FUNCTION ledger_undone(undone ledger_transaction) RETURNS TABLE (lot_id bigint, moved numeric) LANGUAGE sql STABLE AS $$
  SELECT * FROM ledger_moved(undone.id) WHERE undone.kind <> 'settle'
  UNION ALL
  SELECT held.lot_id, least(held.part, undone.amount - held.before) FROM (
    SELECT e.lot_id, -e.amount AS part, sum(-e.amount) OVER (ORDER BY e.line) + e.amount AS before
    FROM ledger_entry e JOIN ledger_account a ON a.id = e.account_id
    WHERE e.transaction_id = undone.about_id AND a.role = 'held' AND undone.kind = 'settle'
  ) AS held WHERE held.before < undone.amount
$$;

-- Whether credit that a transaction gave is no longer there to be taken back.
CREATE OR REPLACE FUNCTION ledger_short(p_transaction bigint, w ledger_wallet) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT FROM ledger_moved(p_transaction) m JOIN ledger_lot l ON l.id = m.lot_id
                 WHERE m.moved < 0 AND l.kind = 'granted' AND (l.remaining < -m.moved OR l.expires_at <= w.last_posted_at))
$$;

-- The member's side of a reversal, added to the mirrored entries of the system's accounts: granted credit to and from the same
-- lots, paid credit back to those it came from (or, where debt was written off, what is owed again, laid out anew).
CREATE OR REPLACE FUNCTION ledger_mirror(undone ledger_transaction, t ledger_transaction, w ledger_wallet, legs ledger_leg[])
RETURNS ledger_leg[] LANGUAGE plpgsql AS $$
DECLARE
  v_back numeric;
  v_gave boolean;
  v_lot bigint;
BEGIN
  legs := legs || ARRAY(SELECT (w.granted_account_id, -m.moved, m.lot_id)::ledger_leg
                        FROM ledger_undone(undone) m JOIN ledger_lot l ON l.id = m.lot_id AND l.kind = 'granted' ORDER BY l.id);
  SELECT coalesce(sum(m.moved), 0), bool_and(m.moved > 0 AND m.lot_id IS NOT NULL), max(m.lot_id) INTO v_back, v_gave, v_lot
  FROM ledger_undone(undone) m LEFT JOIN ledger_lot l ON l.id = m.lot_id WHERE l.kind = 'paid' OR m.lot_id IS NULL;
  IF v_gave THEN
    RETURN ledger_give_back(w, t, legs, ARRAY(
      SELECT (NULL, m.moved, m.lot_id)::ledger_leg
      FROM ledger_undone(undone) m JOIN ledger_lot l ON l.id = m.lot_id AND l.kind = 'paid'));
  END IF;
  RETURN CASE WHEN v_back = 0 THEN legs ELSE ledger_lay(w, t, legs, v_lot, -v_back) END;
END $$;
