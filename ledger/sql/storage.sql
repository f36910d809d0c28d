-- Room on each page for the next version of a row that is updated often (a HOT update touches no index).
ALTER TABLE ledger_wallet SET (fillfactor = 50);
ALTER TABLE ledger_lot SET (fillfactor = 70);
