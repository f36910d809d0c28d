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
CREATE OR REPLACE TRIGGER ledger_lot_kept BEFORE UPDATE ON ledger_lot FOR EACH ROW
WHEN ((OLD.id, OLD.member_id, OLD.kind, OLD.amount, OLD.transaction_id, OLD.expires_at)
      IS DISTINCT FROM (NEW.id, NEW.member_id, NEW.kind, NEW.amount, NEW.transaction_id, NEW.expires_at))
EXECUTE FUNCTION ledger_immutable();
ALTER TABLE ledger_lot ENABLE ALWAYS TRIGGER ledger_lot_kept;

-- At commit: every transaction has two entries or more, on accounts that exist, and they sum to zero.
CREATE OR REPLACE FUNCTION ledger_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_transaction bigint;
  v_count integer;
  v_sum numeric;
BEGIN
  IF TG_TABLE_NAME = 'ledger_entry' THEN
    v_transaction := NEW.transaction_id;
  ELSE
    v_transaction := NEW.id;
  END IF;
  SELECT count(a.id), sum(e.amount) INTO v_count, v_sum
  FROM ledger_entry e LEFT JOIN ledger_account a ON a.id = e.account_id
  WHERE e.transaction_id = v_transaction;
  IF v_count < 2 OR v_sum <> 0 THEN
    RAISE EXCEPTION 'transaction % is refused: % entries that sum to %', v_transaction, v_count, v_sum
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;

DO $$
DECLARE
  guarded text;
BEGIN
  FOREACH guarded IN ARRAY ARRAY['ledger_transaction', 'ledger_entry'] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS %1$s_balanced ON %1$s', guarded);
    EXECUTE format('CREATE CONSTRAINT TRIGGER %1$s_balanced AFTER INSERT ON %1$s DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION ledger_balanced()', guarded);
    EXECUTE format('ALTER TABLE %1$s ENABLE ALWAYS TRIGGER %1$s_balanced', guarded);
  END LOOP;
END $$;
