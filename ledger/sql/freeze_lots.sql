-- Keep what is left of a top-up and its bonus from being spent, or no longer. Not a movement: nothing is booked, and the lots
-- count as before. Takes the wallet's lock, so that no spending under way meets a lot half frozen. Tells whether it is new.
CREATE OR REPLACE FUNCTION ledger_freeze_lots(p_member bigint, p_top_up text, p_frozen boolean) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  w ledger_wallet := ledger_lock(p_member, false);
BEGIN
  UPDATE ledger_lot SET frozen_at = CASE WHEN p_frozen THEN w.last_posted_at END
  FROM ledger_transaction t
  WHERE t.external_id = p_top_up AND t.member_id = p_member AND ledger_lot.transaction_id = t.id
    AND (frozen_at IS NOT NULL) <> p_frozen;
  RETURN FOUND;
END $$;
