-- An account is removed for good: what is left of its granted credit, or of its paid credit, goes where nobody spends it.
CREATE OR REPLACE FUNCTION ledger_forfeit(p_member bigint, p_kind text, p_actor bigint, p_note text)
RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  t ledger_transaction;
  w ledger_wallet := ledger_lock(p_member, false);
  legs ledger_leg[];
  v_rest numeric;
BEGIN
  SELECT array_agg((CASE kind WHEN 'paid' THEN w.paid_account_id ELSE w.granted_account_id END, remaining, id)::ledger_leg
                   ORDER BY id), sum(remaining)
  INTO legs, v_rest FROM ledger_lot
  WHERE member_id = p_member AND kind = p_kind AND has_rest AND (expires_at IS NULL OR expires_at > w.last_posted_at);
  IF legs IS NULL THEN
    RETURN ledger_refuse('refused', format('no %s credit is left', p_kind));
  END IF;
  t := ledger_head(ledger_draft('purge', p_member, v_rest, NULL, p_actor, p_note, NULL, ''), w);
  RETURN ledger_book(t, w, legs || (ledger_account(CASE p_kind WHEN 'paid' THEN 'breakage' ELSE 'promo_expired' END),
                                    -v_rest, NULL)::ledger_leg);
END $$;
