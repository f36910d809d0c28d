"""A local, stateful Stripe for development and tests: the API, the Checkout page, the Dashboard, the webhooks.

A Django program of its own (`python -m stripesandbox`), with its own settings and SQLite file. Nothing here is imported
by the project and nothing of the project is imported here: the two speak HTTP, as with Stripe. What comes in is checked
against the parameter types of stripe-python, and what goes out, in tests, against its object types.
It does one-time payments with their refunds, disputes, fraud warnings and payouts, and subscriptions with their prices,
invoices, renewals and dunning; it makes trouble on order
(faults.py, mishaps.py) and plays scripts by a clock of its own (scripts.py). Coupons, trials and taxes are refused.
"""
