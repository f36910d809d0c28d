"""Who has Premium, by state."""

from datetime import timedelta

import pytest
from django.utils import timezone

from memberships.models import Subscription
from memberships.tests.make import make_subscription

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/memberships/panels/subscriptions/"


def test_it_works(client_of, owner, member, outsider):
    client = client_of(owner)
    assert "No subscriptions yet" in client.get(PANEL).content.decode()
    make_subscription(member, card_expires=timezone.now().date() + timedelta(days=1))
    make_subscription(outsider, "99", status="past_due", cancel_at=timezone.now())
    shown = {state: client.get(f"{PANEL}?state={state}").content.decode() for state in ("card", "ending", "ended")}
    assert member.email in shown["card"] and "Runs out" in shown["card"] and outsider.email not in shown["card"]
    assert outsider.email in shown["ending"] and "Past due" in shown["ending"] and "$99.00" in shown["ending"]
    assert "Nothing matches" in shown["ended"]
    for status, renews in (("paused", False), ("unpaid", False), ("active", True)):
        Subscription.objects.filter(member=member).update(status=status)
        assert (
            "Renews " in client.get(f"{PANEL}?q={member.email}").content.decode().replace("Renews or", "")
        ) == renews
    file = b"".join(client.get(f"{PANEL}?q={member.email}&format=csv").streaming_content).decode()
    assert '"Premium, monthly",Active,12.0' in file and outsider.email not in file
    Subscription.objects.filter(member=member).update(cancel_at=timezone.now())
    text = client.get(f"{PANEL}?state=ending&q={member.email}").content.decode()
    assert '<span class="badge warn">Ending</span>' in text and ">Active</span>" not in text
