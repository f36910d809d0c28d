"""Each list, and its file, says of whom it names that the account is not in use."""

import pytest

from memberships.tests.make import make_attempt, make_invoice, make_subscription
from memberships.tests.test_panel_auto_top_ups import make_auto

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
LISTS = ("subscriptions", "auto_top_ups", "payments", "invoices", "failed_attempts")
BADGE = '<span class="badge bad">Suspended</span>'


def test_it_says_who_is_suspended(client_of, owner, member, outsider):
    client = client_of(owner)
    for who in (member, outsider):
        make_subscription(who)
        make_auto(who)
        make_attempt(make_invoice(who))
    type(member).objects.filter(pk=member.pk).update(is_active=False)
    for name in LISTS:
        address = f"/admin/memberships/panels/{name}/?q={{}}".format
        shown = [BADGE in client.get(address(who.email)).content.decode() for who in (member, outsider)]
        file = b"".join(client.get(f"{address(member.email)}&format=csv").streaming_content).decode()
        assert (shown, f"{member.email},Suspended," in file) == ([True, False], True), name
    assert BADGE in client.get(member.invoices.get().staff_url).content.decode()
