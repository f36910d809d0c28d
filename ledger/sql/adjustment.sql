-- Staff correct a balance in the ledger only. Up is a granted lot; down takes lots in spending order, paid ones too even
-- while there is debt (it is no spending).
CREATE OR REPLACE FUNCTION ledger_adjust(p_member bigint, p_amount numeric, p_external text, p_actor bigint, p_note text,
  p_happened timestamptz) RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  t ledger_transaction := ledger_draft('adjustment', p_member, p_amount, p_external, p_actor, p_note, p_happened, '');
  w ledger_wallet;
  answer ledger_posting;
  legs ledger_leg[];
BEGIN
  IF p_amount = 0 OR ledger_unfit(abs(p_amount)) IS NOT NULL THEN
    RETURN ledger_refuse('amount', CASE WHEN p_amount = 0 THEN 'an adjustment is more or less than zero'
                                        ELSE ledger_unfit(abs(p_amount)) END);
  END IF;
  IF p_amount > 0 THEN
    RETURN ledger_give(t, 'adjustments', NULL);
  END IF;
  w := ledger_lock(p_member, false);
  answer := ledger_guard(t, w);
  IF answer.created IS NOT NULL THEN
    RETURN answer;
  END IF;
  legs := ledger_take(w, -p_amount, true);
  IF legs IS NULL THEN
    RETURN ledger_not_covered(w, -p_amount);
  END IF;
  t := ledger_head(t, w);
  IF t.id IS NULL THEN
    RETURN ledger_guard(t, w);
  END IF;
  RETURN ledger_book(t, w, legs || (ledger_account('adjustments'), p_amount, NULL)::ledger_leg);
END $$;
