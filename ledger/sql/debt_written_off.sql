-- Staff give up on what a member owes, or on a part of it: a loss by disputes where a dispute made the debt, else a write-off.
CREATE OR REPLACE FUNCTION ledger_write_off(p_member bigint, p_amount numeric, p_loss_account text, p_external text, p_actor bigint, p_note text,
  p_happened timestamptz) RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  t ledger_transaction := ledger_draft('debt_written_off', p_member, p_amount, p_external, p_actor, p_note, p_happened, '');
  w ledger_wallet;
  answer ledger_posting;
BEGIN
  IF ledger_unfit(p_amount) IS NOT NULL THEN
    RETURN ledger_refuse('amount', ledger_unfit(p_amount));
  END IF;
  IF p_loss_account NOT IN ('write_offs', 'disputes') THEN
    RETURN ledger_refuse('refused', format('debt is written off to write_offs or disputes, not to "%s"', p_loss_account));
  END IF;
  w := ledger_lock(p_member, false);
  answer := ledger_guard(t, w);
  IF answer.created IS NOT NULL THEN
    RETURN answer;
  END IF;
  IF p_amount > w.debt THEN
    RETURN ledger_refuse('refused', format('%s is more than the %s that is owed', ledger_usd(p_amount), ledger_usd(w.debt)));
  END IF;
  t := ledger_head(t, w);
  IF t.id IS NULL THEN
    RETURN ledger_guard(t, w);
  END IF;
  RETURN ledger_book(t, w, ARRAY[(ledger_account(p_loss_account), p_amount, NULL)::ledger_leg,
                                 (w.debt_account_id, -p_amount, NULL)::ledger_leg]);
END $$;
