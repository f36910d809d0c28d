-- What the database refuses whoever asks, a superuser's psql included.

CREATE OR REPLACE FUNCTION ledger_immutable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% on % is refused: the ledger is only ever added to', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;

DO $$
DECLARE
  guarded text;
BEGIN
  FOREACH guarded IN ARRAY ARRAY['ledger_transaction', 'ledger_entry', 'ledger_account'] LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER %1$s_kept BEFORE UPDATE OR DELETE ON %1$s
                    FOR EACH ROW EXECUTE FUNCTION ledger_immutable()', guarded);
    EXECUTE format('ALTER TABLE %1$s ENABLE ALWAYS TRIGGER %1$s_kept', guarded);
    EXECUTE format('CREATE OR REPLACE TRIGGER %1$s_refused BEFORE UPDATE OR DELETE OR TRUNCATE ON %1$s
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger_immutable()', guarded);
    EXECUTE format('ALTER TABLE %1$s ENABLE ALWAYS TRIGGER %1$s_refused', guarded);
  END LOOP;
  FOREACH guarded IN ARRAY ARRAY['ledger_lot', 'ledger_wallet', 'ledger_hold'] LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER %1$s_refused BEFORE DELETE OR TRUNCATE ON %1$s
                    FOR EACH STATEMENT EXECUTE FUNCTION ledger_immutable()', guarded);
    EXECUTE format('ALTER TABLE %1$s ENABLE ALWAYS TRIGGER %1$s_refused', guarded);
  END LOOP;
END $$;

-- An expiry that moved would change what was true in the past: of a lot only the rest and the freeze may change.
CREATE OR REPLACE TRIGGER ledger_lot_kept BEFORE UPDATE OF id, member_id, kind, amount, transaction_id, expires_at
ON ledger_lot FOR EACH ROW EXECUTE FUNCTION ledger_immutable();
ALTER TABLE ledger_lot ENABLE ALWAYS TRIGGER ledger_lot_kept;

-- At commit: every transaction has two entries or more, numbered from 1 without a gap, on accounts that exist, and they
-- sum to zero. The check runs for each new transaction and for each line above 2: whatever is added to a transaction
-- that has two lines already has to have such a number.
CREATE OR REPLACE FUNCTION ledger_check_balance(p_transaction bigint) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  v_count integer;
  v_last integer;
  v_sum numeric;
BEGIN
  SELECT count((SELECT a.id FROM ledger_account a WHERE a.id = e.account_id)), max(e.line), sum(e.amount)
  INTO v_count, v_last, v_sum FROM ledger_entry e WHERE e.transaction_id = p_transaction;
  IF v_count < 2 OR v_sum <> 0 OR v_last <> v_count THEN
    RAISE EXCEPTION 'transaction % is refused: % entries that sum to %', p_transaction, v_count, v_sum
      USING ERRCODE = 'check_violation';
  END IF;
END $$;

CREATE OR REPLACE FUNCTION ledger_transaction_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ledger_check_balance(NEW.id);
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION ledger_entry_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM ledger_check_balance(NEW.transaction_id);
  RETURN NULL;
END $$;

DO $$
BEGIN
  DROP TRIGGER IF EXISTS ledger_transaction_balanced ON ledger_transaction;
  CREATE CONSTRAINT TRIGGER ledger_transaction_balanced AFTER INSERT ON ledger_transaction
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION ledger_transaction_balanced();
  ALTER TABLE ledger_transaction ENABLE ALWAYS TRIGGER ledger_transaction_balanced;
  DROP TRIGGER IF EXISTS ledger_entry_balanced ON ledger_entry;
  CREATE CONSTRAINT TRIGGER ledger_entry_balanced AFTER INSERT ON ledger_entry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.line > 2) EXECUTE FUNCTION ledger_entry_balanced();
  ALTER TABLE ledger_entry ENABLE ALWAYS TRIGGER ledger_entry_balanced;
END $$;
