"""Premium and payments on a user page: what is paid at Stripe, apart from what staff gave."""

import pytest
from django.utils import timezone

from memberships.models import MoneyBack
from memberships.tests.make import make_invoice, make_subscription

pytestmark = pytest.mark.django_db


def test_it_works(client_of, accountant, member, outsider):
    now = timezone.now()
    client = client_of(accountant)
    back = {"kind": "refund", "amount": 6, "status": "succeeded", "is_booked": True, "created_at": now}
    MoneyBack.objects.create(invoice=make_invoice(member, "12"), stripe_id="re_1", **back)
    make_invoice(member, "7", status="open", paid_at=None, cash=0)
    make_subscription(member, card_expires=now.date())
    address = "/admin/memberships/panels/member_premium/{}/".format
    text = client.get(address(member.pk)).content.decode()
    for words in ("Monthly, $12.00", "Runs out", "POEM-0001", "$7.00 due", "−$6.00", f"payments.member={member.pk}"):
        assert words in text, words
    member.plan_overrides.create(plan="comped", reason="A poet", by=accountant)
    given = client.get(address(member.pk)).content.decode()
    assert "Comped" in given and "A poet" in given and "all the same, until it is cancelled" in given
    outsider.plan_overrides.create(plan="comped", reason="A poet", by=accountant)
    for person, words in ((member, "goes on, and renews"), (outsider, "Nothing is charged for that.")):
        own = client_of(person).get("/me/membership/").content.decode()
        assert f"Premium is on us. {'Your own subscription ' if person == member else ''}{words}" in own, words
    assert "Never subscribed" in client.get(address(outsider.pk)).content.decode()
    lookup = client.get(f"/admin/billing/panels/member_lookup/?member={member.pk}").content.decode()
    assert "of Premium" in lookup and f"payments.member={member.pk}" in lookup
