-- Credit taken for a service: granted part to promo_usage/service, paid part to revenue/service.
CREATE OR REPLACE FUNCTION ledger_charge(p_member bigint, p_amount numeric, p_service text, p_external text,
  p_actor bigint, p_note text, p_happened timestamptz) RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  t ledger_transaction := ledger_draft('charge', p_member, p_amount, p_external, p_actor, p_note, p_happened, p_service);
  w ledger_wallet;
  answer ledger_posting;
  legs ledger_leg[];
  leg ledger_leg;
  v_granted numeric := 0;
BEGIN
  IF ledger_unfit(p_amount) IS NOT NULL THEN
    RETURN ledger_refuse('amount', ledger_unfit(p_amount));
  END IF;
  w := ledger_lock(p_member, false);
  legs := ledger_take(w, p_amount, w.debt = 0);
  IF legs IS NULL THEN
    answer := ledger_guard(t, w);
    RETURN CASE WHEN answer.created IS NULL THEN ledger_not_covered(w, p_amount) ELSE answer END;
  END IF;
  FOREACH leg IN ARRAY legs LOOP
    IF leg.account_id = w.granted_account_id THEN
      v_granted := v_granted + leg.amount;
    END IF;
  END LOOP;
  IF v_granted > 0 THEN
    legs := legs || (ledger_account('promo_usage/' || p_service), -v_granted, NULL)::ledger_leg;
  END IF;
  IF v_granted < p_amount THEN
    legs := legs || (ledger_account('revenue/' || p_service), v_granted - p_amount, NULL)::ledger_leg;
  END IF;
  IF legs[cardinality(legs)].account_id IS NULL THEN
    RETURN ledger_refuse('refused', format('"%s" is no name of a service', p_service));
  END IF;
  t := ledger_head(t, w);
  IF t.id IS NULL THEN  -- its external id is booked: only now is it worth looking
    RETURN ledger_guard(t, w);
  END IF;
  RETURN ledger_book(t, w, legs);
END $$;
