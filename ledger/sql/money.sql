-- An amount as people read it: '$12.50', and all of its places where there are more than two: '$0.000125'.
CREATE OR REPLACE FUNCTION ledger_usd(p_amount numeric) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT to_char(p_amount, 'FM$999,999,999,999,990.009999')
$$;
