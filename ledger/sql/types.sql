-- What the functions hand to each other and to Python.
DROP TYPE IF EXISTS ledger_leg CASCADE;
CREATE TYPE ledger_leg AS (account_id bigint, amount numeric, lot_id bigint);  -- debit positive

DROP TYPE IF EXISTS ledger_posting CASCADE;
CREATE TYPE ledger_posting AS (
  refusal text,            -- not_covered, amount, refused, frozen; NULL where it is booked
  detail text,             -- a sentence for people
  transaction_id bigint,
  created boolean,         -- false for a refusal, and for the first posting of a repeated external id
  paid numeric, granted numeric, held numeric, debt numeric,  -- the wallet afterwards
  hold_id bigint
);
