-- Between two system accounts: fees, payouts, what providers are owed. It takes no lock at all.
CREATE OR REPLACE FUNCTION ledger_transfer(p_kind text, p_debit text, p_credit text, p_amount numeric, p_external text,
  p_actor bigint, p_note text, p_service text, p_happened timestamptz) RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  t ledger_transaction := ledger_draft(p_kind, NULL, p_amount, p_external, p_actor, p_note, p_happened, p_service);
  answer ledger_posting;
BEGIN
  IF ledger_unfit(p_amount) IS NOT NULL THEN
    RETURN ledger_refuse('amount', ledger_unfit(p_amount));
  END IF;
  IF p_kind IS NULL OR p_kind NOT IN ('fee', 'payout', 'transfer', 'cost', 'true_up', 'premium_refund',
    'premium_dispute') THEN
    RETURN ledger_refuse('refused', format('"%s" is no kind of transfer', p_kind));
  END IF;
  IF p_debit = p_credit OR ledger_account_type(p_debit) IS NULL OR ledger_account_type(p_credit) IS NULL THEN
    RETURN ledger_refuse('refused', format('a transfer goes between two system accounts, not from "%s" to "%s"', p_credit, p_debit));
  END IF;
  answer := ledger_guard(t, NULL);
  IF answer.created IS NULL THEN
    t := ledger_head(t, NULL);
    IF t.id IS NULL THEN
      answer := ledger_guard(t, NULL);
    ELSE
      answer := ledger_book(t, NULL, ARRAY[(ledger_account(p_debit), p_amount, NULL)::ledger_leg,
                                           (ledger_account(p_credit), -p_amount, NULL)::ledger_leg]);
    END IF;
  END IF;
  RETURN answer;
END $$;
