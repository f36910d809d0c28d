-- Give all of a hold back to its lots. A limit that has passed is no reason to refuse: that is when it is called.
CREATE OR REPLACE FUNCTION ledger_release(p_hold bigint, p_external text, p_actor bigint, p_note text, p_happened timestamptz)
RETURNS ledger_posting LANGUAGE sql AS $$
  SELECT ledger_close_hold('release', p_hold, 0, p_external, p_actor, p_note, p_happened)
$$;
