"""What the bank declined, and what became of it."""

import pytest

from memberships.tests.make import make_attempt, make_invoice

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/memberships/panels/failed_attempts/"


def test_it_works(client_of, accountant, member):
    client = client_of(accountant)
    assert "No failed payments" in client.get(PANEL).content.decode()
    make_attempt(make_invoice(member, "11", card="Visa 4242"), card="Visa 4242")
    make_attempt(make_invoice(member, "12", card="Visa 1111"), card="Visa 4242")
    make_attempt(make_invoice(member, "13", status="open", paid_at=None))
    make_attempt(make_invoice(member, "14", status="uncollectible", paid_at=None))
    shown = {"recovered": "$11.00", "card_changed": "$12.00", "open": "$13.00", "lost": "$14.00"}
    for outcome, amount in shown.items():
        text = client.get(f"{PANEL}?outcome={outcome}").content.decode()
        assert [other for other in shown.values() if other in text] == [amount]
    assert "insufficient_funds" in text
    file = b"".join(client.get(f"{PANEL}?format=csv").streaming_content).decode()
    assert (
        "Next try" in file.splitlines()[0]
        and file.count("Your card was declined.") == 4
        and "Recovered with another card" in file
    )
