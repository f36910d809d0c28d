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

-- An expiry that moved would change what was true in the past: of a lot only the rest, what was clawed back and the freeze may change.
-- (An AFTER trigger: one BEFORE the update would lock the row a second time for every charge.)
CREATE OR REPLACE TRIGGER ledger_lot_kept AFTER UPDATE OF id, member_id, kind, amount, transaction_id, expires_at, ordered_at
ON ledger_lot FOR EACH ROW EXECUTE FUNCTION ledger_immutable();
ALTER TABLE ledger_lot ENABLE ALWAYS TRIGGER ledger_lot_kept;

-- At commit: the entries of every new transaction sum to zero. As no amount is zero, there are two or more.
CREATE OR REPLACE FUNCTION ledger_transaction_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_sum numeric;
BEGIN
  SELECT sum(amount) INTO v_sum FROM ledger_entry WHERE transaction_id = NEW.id;
  IF v_sum = 0 THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'transaction % is refused: its entries sum to %', NEW.id, v_sum USING ERRCODE = 'check_violation';
END $$;

-- Lines are numbered from 1 without a gap, so whatever is added to a booked transaction has a number above 2: only for
-- those is the sum, and the numbering, checked again.
CREATE OR REPLACE FUNCTION ledger_entry_balanced() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  v_sum numeric;
  v_count integer;
  v_last integer;
BEGIN
  SELECT sum(amount), count(*), max(line) INTO v_sum, v_count, v_last
  FROM ledger_entry WHERE transaction_id = NEW.transaction_id;
  IF v_sum = 0 AND v_count = v_last THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'line % of transaction % is refused: % lines that sum to %', NEW.line, NEW.transaction_id, v_count, v_sum
    USING ERRCODE = 'check_violation';
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
