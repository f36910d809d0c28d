"""While staff have set a member's plan, nothing that would not change it is sold."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing.tests.refunding import confirmed
from memberships.models import Enrolment

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("plan", ["comped", "free"])
def test_premium_is_not_sold_to_who_was_given_a_plan(member, owner, settings, plan):
    settings.STRIPE_SECRET_KEY = "sk_test_nowhere"
    client, page = confirmed(member), "/me/membership/"
    assert "Continue to payment" in client.get(page).content.decode()
    member.plan_overrides.create(plan=plan, reason="A poet", by=owner)
    text = client.get(page).content.decode()
    assert "Continue to payment" not in text and "you can choose Premium here" not in text, "it does not end"
    member.plan_overrides.update(until=timezone.now() + timedelta(days=9))
    assert "you can choose Premium here" in client.get(page).content.decode()
    said = client.post("/me/membership/subscribe/", {"interval": "month"}, follow=True).content.decode()
    assert "We set your plan" in said and not Enrolment.objects.exists()
