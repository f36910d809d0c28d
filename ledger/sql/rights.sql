-- Loaded last. The application's role may only read the tables of the ledger: the functions that it calls to write, or to
-- lock, run with the rights of their owner. Only these: such a function is never inlined, and costs a little more to enter.
-- The search path is pinned, temporary objects last, so that nobody slips a table or an operator of their own beneath.
DO $$
DECLARE
  entry text;
  found regprocedure;
BEGIN
  FOREACH entry IN ARRAY ARRAY[
    'ledger_adjust', 'ledger_balances_at', 'ledger_block',
    'ledger_charge', 'ledger_expire_lot', 'ledger_freeze',
    'ledger_forfeit', 'ledger_freeze_lots', 'ledger_grant', 'ledger_hold', 'ledger_known_until', 'ledger_lock_wallets', 'ledger_make_checkpoints', 'ledger_refund', 'ledger_release', 'ledger_reverse', 'ledger_settle', 'ledger_take_back',
    'ledger_thaw', 'ledger_top_up', 'ledger_transfer', 'ledger_write_off'] LOOP
    SELECT oid INTO STRICT found FROM pg_proc WHERE proname = entry AND pronamespace = current_schema()::regnamespace;
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER SET search_path = pg_catalog, %I, pg_temp', found, current_schema());
  END LOOP;
  -- What is left is called by these, or reads. manage.py grant_rights opens what the application may call.
  FOR found IN SELECT oid FROM pg_proc WHERE starts_with(proname, 'ledger_') AND pronamespace = current_schema()::regnamespace LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', found);
  END LOOP;
END $$;
