-- Keep what is left of a top-up and its bonus from being spent, or no longer. Takes the wallet's lock, so that no spending under
-- way meets a lot half frozen. The lots are laid out anew: while it lasts, what was used lies on the others as far as they have
-- room, so that as much as can be is kept; when it ends, as if it had never been. Tells whether it is new.
CREATE OR REPLACE FUNCTION ledger_freeze_lots(p_member bigint, p_top_up text, p_frozen boolean) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  w ledger_wallet := ledger_lock(p_member, false);
  top_up ledger_transaction;
  t ledger_transaction;
  legs ledger_leg[];
BEGIN
  SELECT * INTO top_up FROM ledger_transaction WHERE external_id = p_top_up AND member_id = p_member AND kind = 'top_up';
  UPDATE ledger_lot SET frozen_at = CASE WHEN p_frozen THEN w.last_posted_at END
  WHERE transaction_id = top_up.id AND (frozen_at IS NOT NULL) <> p_frozen;
  IF NOT FOUND THEN
    RETURN false;
  END IF;
  legs := ledger_lay(w, top_up, '{}', NULL, 0);
  IF cardinality(legs) > 0 THEN
    t := ledger_draft('reorder', p_member, (SELECT sum(l.amount) FROM unnest(legs) AS l WHERE l.amount > 0), NULL, NULL, '', NULL, '');
    t.about_id := top_up.id;
    t := ledger_head(t, w);
    PERFORM ledger_book(t, w, legs);
  END IF;
  RETURN true;
END $$;
