"""Events as Stripe sends them: every id its own, every body signed for the moment it is sent."""

import hmac
import itertools
import json
import time

SECRET = "whsec_bench_" + "5" * 32
API_KEY = "sk_test_" + "5" * 32
ACCOUNT = "acct_bench"
ENDPOINT = "8f6d3c52-54b1-4f0a-9b57-1c6f6a1c0b11"  # dj-stripe finds the endpoint's secret by a UUID in the address
CUSTOMERS = 50


def customer(name: str) -> dict:
    """The object of each event: a customer, with the fields that Stripe's API shows."""
    return {
        "id": name,
        "object": "customer",
        "address": None,
        "balance": 0,
        "created": 1_790_000_000,
        "currency": "usd",
        "default_source": None,
        "delinquent": False,
        "description": "A member who likes poems in frames",
        "discount": None,
        "email": f"{name}@poemvision.example",
        "invoice_prefix": "5C0FFEE5",
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": None,
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {"member": "42", "note": "x" * 200},
        "name": "Member of the measurement",
        "next_invoice_sequence": 1,
        "phone": None,
        "preferred_locales": ["en"],
        "shipping": None,
        "tax_exempt": "none",
        "test_clock": None,
    }


class Source:
    """Makes requests for one address; the number of events made is the number of ids used."""

    def __init__(self, port: int, path: str, api_version: str, type_: str = "customer.updated"):
        self.port = port
        self.made = 0
        self._ids = itertools.count(int(time.time() * 1000) * 100_000)
        self._bodies = [self._around(customer(f"cus_bench{number}"), api_version, type_) for number in range(CUSTOMERS)]
        self._head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nUser-Agent: Stripe/1.0 (+https://stripe.com/docs/webhooks)"
            "\r\nAccept: */*\r\nContent-Type: application/json; charset=utf-8\r\n"
        )

    def next(self) -> bytes:
        """One request, complete and signed: https://docs.stripe.com/webhooks#verify-manually."""
        before, after = self._bodies[self.made % CUSTOMERS]
        self.made += 1
        body = b"%sevt_bench%d%s" % (before, next(self._ids), after)
        stamp = int(time.time())
        digest = hmac.digest(SECRET.encode(), b"%d.%s" % (stamp, body), "sha256").hex()
        head = f"{self._head}Content-Length: {len(body)}\r\nStripe-Signature: t={stamp},v1={digest}\r\n\r\n"
        return head.encode() + body

    @staticmethod
    def _around(thing: dict, api_version: str, type_: str) -> tuple[bytes, bytes]:
        event = {
            "id": "@",
            "object": "event",
            "api_version": api_version,
            "created": int(time.time()),
            "data": {"object": thing, "previous_attributes": {"metadata": {"note": "y" * 200}}},
            "livemode": False,
            "pending_webhooks": 1,
            "request": {"id": "req_bench", "idempotency_key": None},
            "type": type_,
        }
        before, _, after = json.dumps(event, indent=2).partition("@")
        return before.encode(), after.encode()
