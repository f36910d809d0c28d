"""Per-User Lookup: one member's money by e-mail, id or Stripe customer."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing import stripe_events
from billing.tests.make import make_session, make_top_up, store_event
from ledger import posting

pytestmark = pytest.mark.django_db
PANEL = "/admin/billing/panels/member_lookup/"


def text_of(client, words):
    return client.get(PANEL, {"member": words}, headers={"HX-Request": "true"}).content.decode()


def test_it_works(client_of, supporter, member):
    stripe_events.apply_event(store_event("checkout.session.completed", make_session(make_top_up(member))).pk)
    client = client_of(supporter)
    for words in (member.email, member.email.upper(), str(member.pk), f"cus_{member.pk}"):
        text = text_of(client, words)
        assert "$20.00" in text and "$1.00" in text and f"cus_{member.pk}" in text


def test_it_says_in_words_what_is_held_and_charged(client_of, supporter, member):
    posting.top_up(member, cash=Decimal(1), external_id="t")
    until = timezone.now() + timedelta(hours=1)
    posting.hold(member, Decimal("0.25"), service="studio_render", expires_at=until)
    text = text_of(client_of(supporter), member.email)
    assert text.count("Studio render") == 2 and "studio_render" not in text


def test_it_asks_for_somebody(client_of, supporter):
    assert "One member’s balances" in text_of(client_of(supporter), "")


@pytest.mark.parametrize("words", ["nobody@poemvision.example", "999999999", "cus_nobody", "9" * 40])
def test_it_says_who_is_unknown(client_of, supporter, words):
    text = text_of(client_of(supporter), words)
    assert "No member has this" in text and f'value="{words}"' in text


def test_it_requires_billing_read(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403
