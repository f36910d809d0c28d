-- Write the head of a transaction. Its id stays NULL where another session has just booked the same external id.
CREATE OR REPLACE FUNCTION ledger_head(t ledger_transaction, w ledger_wallet) RETURNS ledger_transaction LANGUAGE plpgsql AS $$
BEGIN
  t.posted_at := coalesce(w.last_posted_at, clock_timestamp());
  INSERT INTO ledger_transaction (kind, member_id, amount, external_id, reverses_id, about_id, actor_id, note, service,
                                  happened_at, posted_at, notable)
  VALUES (t.kind, t.member_id, t.amount, t.external_id, t.reverses_id, t.about_id, t.actor_id, coalesce(t.note, ''),
          coalesce(t.service, ''), coalesce(t.happened_at, t.posted_at), t.posted_at,
          t.kind NOT IN ('charge', 'hold', 'settle', 'release'))
  ON CONFLICT (external_id) DO NOTHING RETURNING id INTO t.id;
  RETURN t;
END $$;

-- A lot begins empty; the entries of its transaction fill it.
CREATE OR REPLACE FUNCTION ledger_new_lot(t ledger_transaction, p_kind text, p_amount numeric, p_expires timestamptz,
  p_ordered timestamptz) RETURNS bigint LANGUAGE sql AS $$
  INSERT INTO ledger_lot (member_id, kind, amount, remaining, has_rest, expires_at, ordered_at, transaction_id)
  VALUES (t.member_id, p_kind, p_amount, 0, false, p_expires, coalesce(p_ordered, t.posted_at), t.id) RETURNING id
$$;

-- Write the entries, and carry them into the lots and the wallet they move: nothing else ever changes those.
CREATE OR REPLACE FUNCTION ledger_book(t ledger_transaction, w ledger_wallet, legs ledger_leg[]) RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  leg ledger_leg;
BEGIN
  INSERT INTO ledger_entry (transaction_id, line, account_id, amount, lot_id, posted_at)
  SELECT t.id, l.line, l.account_id, l.amount, l.lot_id, t.posted_at
  FROM unnest(legs) WITH ORDINALITY AS l (account_id, amount, lot_id, line);
  FOREACH leg IN ARRAY legs LOOP
    IF leg.account_id = w.paid_account_id THEN
      w.paid := w.paid - leg.amount;
    ELSIF leg.account_id = w.granted_account_id THEN
      w.granted := w.granted - leg.amount;
    ELSE
      IF leg.account_id = w.held_account_id THEN
        w.held := w.held - leg.amount;
      ELSIF leg.account_id = w.debt_account_id THEN
        w.debt := w.debt + leg.amount;
      END IF;
      CONTINUE;
    END IF;
    UPDATE ledger_lot SET remaining = remaining - leg.amount, has_rest = remaining > leg.amount WHERE id = leg.lot_id;
  END LOOP;
  UPDATE ledger_wallet SET paid = w.paid, granted = w.granted, held = w.held, debt = w.debt, last_posted_at = t.posted_at,
                           blocked_while_owing = w.blocked_while_owing AND w.debt > 0
  WHERE member_id = w.member_id;
  RETURN (NULL, NULL, t.id, true, w.paid, w.granted, w.held, w.debt, NULL)::ledger_posting;
END $$;

-- Legs without those that move nothing.
CREATE OR REPLACE FUNCTION ledger_moving(legs ledger_leg[]) RETURNS ledger_leg[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array_agg(l) FROM unnest(legs) AS l WHERE l.amount <> 0
$$;
