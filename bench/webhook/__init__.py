"""What bench_webhook.py needs: signed events, a load generator, two servers to compare with, and a stub of Stripe."""
