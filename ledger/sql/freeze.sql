-- A freeze of a member's spending: no charge and no new hold, paid or granted, until it is thawed; all else goes on. It is
-- no posting, moves nothing, and waits for the postings under way. Both answer whether anything changed;
-- NULL: there is no such member.
CREATE OR REPLACE FUNCTION ledger_freeze(p_member bigint, p_reason text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  w ledger_wallet := ledger_lock(p_member, true);
  v_reasons text := left(concat_ws('; ', nullif(w.frozen_reason, ''), p_reason), 500);
BEGIN
  IF coalesce(p_reason, '') = '' THEN
    RAISE EXCEPTION 'a freeze has a reason' USING ERRCODE = 'check_violation';
  END IF;
  IF w.frozen_at IS NOT NULL AND (v_reasons = w.frozen_reason OR p_reason = ANY (string_to_array(w.frozen_reason, '; '))) THEN
    RETURN false;
  END IF;
  -- A second reason stands beside the first: who thaws for one of them sees the other.
  UPDATE ledger_wallet SET frozen_at = coalesce(w.frozen_at, w.last_posted_at), frozen_reason = v_reasons
  WHERE member_id = p_member;
  RETURN CASE WHEN FOUND THEN true END;
END $$;

CREATE OR REPLACE FUNCTION ledger_thaw(p_member bigint) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ledger_wallet SET frozen_at = NULL, frozen_reason = '' WHERE member_id = p_member AND frozen_at IS NOT NULL;
  RETURN FOUND;
END $$;

-- No spending of any kind until what is owed is paid, or no longer. Whatever settles the debt lifts it (see ledger_book).
CREATE OR REPLACE FUNCTION ledger_block(p_member bigint, p_blocked boolean) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  w ledger_wallet := ledger_lock(p_member, false);
BEGIN
  UPDATE ledger_wallet SET blocked_while_owing = p_blocked
  WHERE member_id = p_member AND blocked_while_owing <> p_blocked AND (debt > 0 OR NOT p_blocked);
  RETURN FOUND;
END $$;

CREATE OR REPLACE FUNCTION ledger_frozen(w ledger_wallet) RETURNS ledger_posting LANGUAGE sql STABLE AS $$
  SELECT ledger_refuse('frozen', 'spending of this member is frozen: ' || concat_ws('; ', nullif(w.frozen_reason, ''),
    CASE WHEN w.blocked_while_owing THEN 'blocked until the ' || ledger_usd(w.debt) || ' owed is paid' END))
$$;
