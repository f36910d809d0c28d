-- Credit given: one granted lot.
CREATE OR REPLACE FUNCTION ledger_grant(p_member bigint, p_amount numeric, p_expires timestamptz, p_external text,
  p_actor bigint, p_note text, p_happened timestamptz) RETURNS ledger_posting LANGUAGE plpgsql AS $$
BEGIN
  RETURN ledger_give(ledger_draft('grant', p_member, p_amount, p_external, p_actor, p_note, p_happened, ''),
                     'promo_issued', p_expires);
END $$;

-- A granted lot out of one system account: a grant, and an adjustment up.
CREATE OR REPLACE FUNCTION ledger_give(t ledger_transaction, p_from text, p_expires timestamptz)
RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  w ledger_wallet;
  answer ledger_posting;
BEGIN
  IF ledger_unfit(t.amount) IS NOT NULL THEN
    RETURN ledger_refuse('amount', ledger_unfit(t.amount));
  END IF;
  w := ledger_lock(t.member_id, true);
  answer := ledger_guard(t, w);
  IF answer.created IS NOT NULL THEN
    RETURN answer;
  END IF;
  IF p_expires <= w.last_posted_at THEN
    RETURN ledger_refuse('refused', 'the expiry of a grant lies in the future');
  END IF;
  t := ledger_head(t, w);
  IF t.id IS NULL THEN
    RETURN ledger_guard(t, w);
  END IF;
  RETURN ledger_book(t, w, ARRAY[
    (ledger_account(p_from), t.amount, NULL)::ledger_leg,
    (w.granted_account_id, -t.amount, ledger_new_lot(t, 'granted', t.amount, p_expires, NULL))::ledger_leg]);
END $$;
