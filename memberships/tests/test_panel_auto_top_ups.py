"""Auto top-ups of all members: what they agreed to, what it used, how the last attempt ended."""

import uuid
from decimal import Decimal

import pytest
from django.utils import timezone

from billing.models import AutoTopUp, TopUp

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/memberships/panels/auto_top_ups/"


def make_auto(member, **fields) -> AutoTopUp:
    """On, with a saved card."""
    agreed = {"threshold": Decimal(5), "amount": Decimal(20), "monthly_cap": Decimal(50), "is_on": True}
    card = {"customer_id": "cus_1", "payment_method_id": f"pm_{member.pk}", "card": "Visa 4242"}
    return AutoTopUp.objects.create(member=member, consented_at=timezone.now(), **agreed | card | fields)


def make_attempt(auto, status="paid", failure=""):
    """One that is over."""
    now = timezone.now()
    paid = {"cash": auto.amount, "paid_at": now, "payment_intent_id": f"pi_{uuid.uuid4().hex}"}
    about = {"member": auto.member, "amount": auto.amount, "form_key": uuid.uuid4(), "expires_at": now}
    top_up = TopUp.objects.create(status=status, failure=failure, **about, **(paid if status == "paid" else {}))
    kept = {"customer_id": auto.customer_id, "payment_method_id": auto.payment_method_id, "card": auto.card}
    return auto.attempts.create(top_up=top_up, settled_at=now, **kept)


def test_it_works(client_of, owner, member, outsider):
    client = client_of(owner)
    assert "No auto top-ups yet" in client.get(PANEL).content.decode()
    mine = make_auto(member)
    make_attempt(mine)
    make_attempt(mine)
    failed = make_auto(outsider, is_on=False, off_because="failures", failures=3)
    make_attempt(failed, "failed", "Your card was declined.")
    shown = {
        state: client.get(f"{PANEL}?state={state}").content.decode() for state in ("on", "capped", "failing", "off")
    }
    for state in ("on", "capped"):
        assert member.email in shown[state] and "$40.00" in shown[state] and "Cap reached" in shown[state]
        assert outsider.email not in shown[state]
    for state in ("failing", "off"):
        assert outsider.email in shown[state] and member.email not in shown[state]
        assert "Off after failed payments" in shown[state] and "Your card was declined." in shown[state]
    file = b"".join(client.get(f"{PANEL}?q={member.email}&format=csv").streaming_content).decode()
    assert "Cap reached" in file and ",40.0" in file and outsider.email not in file
