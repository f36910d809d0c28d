"""A long random life of the ledger and of Stripe's events: bench/bench_soak.py."""
