-- The system's own accounts, by name; one of a service or a provider is opened on first use.
CREATE OR REPLACE FUNCTION ledger_account(p_name text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  v_id bigint;
  v_type text;
BEGIN
  SELECT id INTO v_id FROM ledger_account WHERE name = p_name;
  IF FOUND THEN
    RETURN v_id;
  END IF;
  v_type := ledger_account_type(p_name);
  IF v_type IS NULL THEN
    RETURN NULL;
  END IF;
  INSERT INTO ledger_account (name, type, sign, role)
  VALUES (p_name, v_type, CASE WHEN v_type IN ('asset', 'expense', 'promotion') THEN 1 ELSE -1 END, '')
  ON CONFLICT (name) DO NOTHING RETURNING id INTO v_id;
  IF v_id IS NULL THEN
    SELECT id INTO v_id FROM ledger_account WHERE name = p_name;
  END IF;
  RETURN v_id;
END $$;

-- The chart of accounts. A name outside it is refused, so that a slip of the pen opens no account.
CREATE OR REPLACE FUNCTION ledger_account_type(p_name text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN p_name IN ('stripe', 'paypal', 'bank') THEN 'asset'
    WHEN p_name IN ('tax_payable', 'deferred_subscription') OR p_name ~ '^payable/[a-z0-9_]{1,40}$' THEN 'liability'
    WHEN p_name IN ('subscription_revenue', 'breakage') OR p_name ~ '^revenue/[a-z0-9_]{1,40}$' THEN 'income'
    WHEN p_name = 'promo_issued' THEN 'promotion'
    WHEN p_name = 'promo_expired' OR p_name ~ '^promo_usage/[a-z0-9_]{1,40}$' THEN 'contra'
    WHEN p_name IN ('stripe_fees', 'paypal_fees', 'disputes', 'write_offs', 'adjustments')
      OR p_name ~ '^cost/[a-z0-9_]{1,40}/[a-z0-9_]{1,40}$' THEN 'expense'
  END
$$;
