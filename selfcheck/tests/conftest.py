"""Two members with some history, whose books add up, and a Stripe that says what the ledger says."""

import pytest

from billing import stripe_api
from ledger import posting
from ledger.queries import account_balance
from ledger.tests.make import D, make_top_up

HTMX = {"HX-Request": "true"}


@pytest.fixture
def stripe(monkeypatch):
    """Stripe's answer to GET /v1/balance: change it, or put an error in its place."""
    answer = {"available": [], "pending": []}

    def call(resource, method, wanted=None):
        if resource == "balance_transactions":
            return {"data": [], "has_more": False}
        assert (resource, method) == ("balance", "retrieve")
        if isinstance(answer.get("error"), Exception):
            raise answer["error"]
        return answer

    monkeypatch.setattr(stripe_api, "call", call)
    return answer


@pytest.fixture
def books(member, outsider, stripe):
    for person in (member, outsider):
        make_top_up(person, 20, granted=D(2))
        posting.charge(person, D(3), service="poem")
    cents = int(account_balance("stripe") * 100)
    stripe.update(available=[{"amount": cents - 500, "currency": "usd"}], pending=[{"amount": 500, "currency": "usd"}])


@pytest.fixture
def panel(client_of, owner):
    """The text of one panel, as the owner sees it."""

    def text(name, query="", client=None):
        client = client or client_of(owner)
        response = client.get(f"/admin/selfcheck/panels/{name}/{query}", headers=HTMX)
        assert response.status_code == 200
        return response.content.decode()

    return text
