-- Credit taken for a service: granted part to promo_usage/service, paid part to revenue/service.
-- This is the posting that there are most of. It writes head, entries, lots and wallet by itself, where the other kinds
-- call ledger_head and ledger_book: that is a fifth faster.
CREATE OR REPLACE FUNCTION ledger_charge(p_member bigint, p_amount numeric, p_service text, p_external text,
  p_actor bigint, p_note text, p_happened timestamptz) RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  w ledger_wallet;
  legs ledger_leg[];
  leg ledger_leg;
  v_id bigint;
  v_granted numeric := 0;
BEGIN
  IF ledger_unfit(p_amount) IS NOT NULL THEN
    RETURN ledger_refuse('amount', ledger_unfit(p_amount));
  END IF;
  w := ledger_lock(p_member, false);
  IF w.frozen_at IS NOT NULL OR w.blocked_while_owing THEN
    RETURN coalesce(ledger_booked_charge(w, p_member, p_amount, p_service, p_external), ledger_frozen(w));
  END IF;
  legs := ledger_take(w, p_amount, w.debt = 0);
  IF legs IS NULL THEN
    RETURN coalesce(ledger_booked_charge(w, p_member, p_amount, p_service, p_external), ledger_not_covered(w, p_amount));
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
  INSERT INTO ledger_transaction (kind, member_id, amount, external_id, actor_id, note, service, happened_at, posted_at, notable)
  VALUES ('charge', p_member, p_amount, p_external, p_actor, coalesce(p_note, ''), p_service,
          coalesce(p_happened, w.last_posted_at), w.last_posted_at, false)
  ON CONFLICT (external_id) DO NOTHING RETURNING id INTO v_id;
  IF v_id IS NULL THEN  -- its external id is booked: only now is it worth looking
    RETURN ledger_booked_charge(w, p_member, p_amount, p_service, p_external);
  END IF;
  INSERT INTO ledger_entry (transaction_id, line, account_id, amount, lot_id, posted_at)
  SELECT v_id, l.line, l.account_id, l.amount, l.lot_id, w.last_posted_at
  FROM unnest(legs) WITH ORDINALITY AS l (account_id, amount, lot_id, line);
  FOREACH leg IN ARRAY legs LOOP
    EXIT WHEN leg.lot_id IS NULL;
    UPDATE ledger_lot SET remaining = remaining - leg.amount, has_rest = remaining > leg.amount WHERE id = leg.lot_id;
  END LOOP;
  UPDATE ledger_wallet SET paid = paid - p_amount + v_granted, granted = granted - v_granted, last_posted_at = w.last_posted_at
  WHERE member_id = p_member RETURNING paid, granted INTO w.paid, w.granted;
  RETURN (NULL, NULL, v_id, true, w.paid, w.granted, w.held, w.debt, NULL)::ledger_posting;
END $$;

CREATE OR REPLACE FUNCTION ledger_booked_charge(w ledger_wallet, p_member bigint, p_amount numeric, p_service text, p_external text)
RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  found ledger_posting := ledger_guard(ledger_draft('charge', p_member, p_amount, p_external, NULL, '', NULL, p_service), w);
BEGIN
  RETURN CASE WHEN found.created IS NOT NULL THEN found END;
END $$;
