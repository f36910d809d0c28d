-- Set credit aside for work that begins: granted and paid, by lot, to held.
CREATE OR REPLACE FUNCTION ledger_hold(p_member bigint, p_amount numeric, p_service text, p_expires timestamptz,
  p_external text, p_actor bigint, p_note text, p_happened timestamptz) RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  t ledger_transaction := ledger_draft('hold', p_member, p_amount, p_external, p_actor, p_note, p_happened, p_service);
  w ledger_wallet;
  answer ledger_posting;
  legs ledger_leg[];
BEGIN
  IF ledger_unfit(p_amount) IS NOT NULL THEN
    RETURN ledger_refuse('amount', ledger_unfit(p_amount));
  END IF;
  IF ledger_account_type('revenue/' || p_service) IS NULL THEN
    RETURN ledger_refuse('refused', format('"%s" is no name of a service', p_service));
  END IF;
  w := ledger_lock(p_member, false);
  answer := ledger_guard(t, w);
  IF answer.created IS NOT NULL THEN
    RETURN answer;
  END IF;
  IF w.frozen_at IS NOT NULL OR w.blocked_while_owing THEN
    RETURN ledger_frozen(w);
  END IF;
  IF p_expires IS NULL OR p_expires <= w.last_posted_at THEN
    RETURN ledger_refuse('refused', 'the end of a hold lies in the future');
  END IF;
  legs := ledger_take(w, p_amount, w.debt = 0);
  IF legs IS NULL THEN
    RETURN ledger_not_covered(w, p_amount);
  END IF;
  t := ledger_head(t, w);
  IF t.id IS NULL THEN
    RETURN ledger_guard(t, w);
  END IF;
  legs := legs || ARRAY(SELECT (w.held_account_id, -l.amount, l.lot_id)::ledger_leg FROM unnest(legs) AS l);
  answer := ledger_book(t, w, legs);
  INSERT INTO ledger_hold (member_id, amount, service, status, expires_at, transaction_id)
  VALUES (p_member, p_amount, p_service, 'open', p_expires, t.id) RETURNING id INTO answer.hold_id;
  RETURN answer;
END $$;
