-- What a posting function answers instead of posting. A refusal is an answer, not an error: nothing is written, and the
-- transaction around it stays usable.
CREATE OR REPLACE FUNCTION ledger_refuse(p_code text, p_detail text) RETURNS ledger_posting LANGUAGE sql IMMUTABLE AS $$
  SELECT (p_code, p_detail, NULL, false, NULL, NULL, NULL, NULL, NULL)::ledger_posting
$$;

-- Why an amount cannot be booked, or NULL.
CREATE OR REPLACE FUNCTION ledger_unfit(p_amount numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_amount IS NULL THEN 'an amount is missing'
    WHEN p_amount = 'NaN' OR abs(p_amount) = 'Infinity' THEN 'an amount is a number'
    WHEN p_amount <= 0 THEN 'an amount is more than zero'
    WHEN p_amount >= 1000000000 THEN 'an amount is less than 1,000,000,000'
    WHEN p_amount <> round(p_amount, 6) THEN 'an amount has six decimal places at most'
  END
$$;

-- Look before posting: t is the transaction to be, w its locked wallet. All NULL where nothing stands in the way.
CREATE OR REPLACE FUNCTION ledger_guard(t ledger_transaction, w ledger_wallet) RETURNS ledger_posting LANGUAGE plpgsql AS $$
DECLARE
  first ledger_transaction;
BEGIN
  IF t.external_id IS NOT NULL THEN
    SELECT * INTO first FROM ledger_transaction WHERE external_id = t.external_id;
    IF FOUND THEN
      IF (first.kind, first.member_id, first.amount, first.service) IS DISTINCT FROM (t.kind, t.member_id, t.amount, t.service)
         OR (first.about_id IS DISTINCT FROM t.about_id AND t.about_id IS NOT NULL) THEN
        RETURN ledger_refuse('refused', format('external id "%s" is already booked as %s of %s%s', t.external_id,
          first.kind, ledger_usd(first.amount), coalesce(' for member ' || first.member_id, '')));
      END IF;
      RETURN (NULL, NULL, first.id, false, w.paid, w.granted, w.held, w.debt,
              (SELECT id FROM ledger_hold WHERE transaction_id = first.id))::ledger_posting;
    END IF;
  END IF;
  IF t.member_id IS NOT NULL AND w.member_id IS NULL THEN
    IF EXISTS (SELECT FROM accounts_user WHERE id = t.member_id) THEN
      RETURN ledger_refuse('not_covered', 'this member has no credit');
    END IF;
    RETURN ledger_refuse('refused', format('there is no member %s', t.member_id));
  END IF;
  RETURN NULL;
END $$;

-- The head of a transaction to be. An amount that cannot be booked is left out; the caller says why.
CREATE OR REPLACE FUNCTION ledger_draft(p_kind text, p_member bigint, p_amount numeric, p_external text, p_actor bigint,
  p_note text, p_happened timestamptz, p_service text) RETURNS ledger_transaction LANGUAGE plpgsql AS $$
DECLARE
  t ledger_transaction;
BEGIN
  t.kind := p_kind;
  t.member_id := p_member;
  IF p_amount = 0 OR ledger_unfit(abs(p_amount)) IS NULL THEN
    t.amount := p_amount;
  END IF;
  t.external_id := p_external;
  t.actor_id := p_actor;
  t.note := coalesce(p_note, '');
  t.happened_at := p_happened;
  t.service := coalesce(left(p_service, 40), '');
  RETURN t;
END $$;
