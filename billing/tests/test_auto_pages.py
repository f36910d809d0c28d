"""What a member does about auto top-up, and staff who turn it off."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import QueuedMail
from audit.models import AuditEvent
from billing import auto_settings, forgetting, saved_cards, stripe_api, stripe_events
from billing.models import AutoTopUp, CardSetup, StripeCustomer
from billing.tests.auto import AGREED, save_card
from billing.tests.make import store_event
from billing.tests.refunding import confirmed
from billing.tests.stripe_side import break_once
from memberships.tests.make import make_subscription
from memberships.tests.test_panel_auto_top_ups import make_attempt, make_auto
from tunables import values

pytestmark = pytest.mark.django_db
PAGE = "/me/credit/auto/"
TYPED = {"threshold": "5", "amount": "20", "monthly_cap": "100", "consent": "on"}


def test_a_card_is_saved_agreed_to_and_removed(client_of, member, stripe_side):
    client = client_of(member)
    assert "Save a card first" in client.get(PAGE).content.decode()
    assert "/account/reauthenticate/" in client.post(f"{PAGE}card/save/")["Location"]
    client = confirmed(member)
    opened = client.post(f"{PAGE}card/save/")["Location"]
    assert opened == client.post(f"{PAGE}card/save/")["Location"] == CardSetup.objects.get().checkout_url
    session = stripe_side.api.checkout.sessions.retrieve(CardSetup.objects.get().session_id)
    assert (session.mode, session.amount_total, session.payment_method_types) == ("setup", None, ["card"])
    assert stripe_side.sandbox.decline(session.id).status_code == 402
    stripe_side.sandbox.pay(session.id, email=member.email)
    assert "in a moment" in client.get(f"{PAGE}?saved=1").content.decode()
    asked = client.post(f"{PAGE}card/refresh/", headers={"HX-Request": "true"})  # no event has come
    assert asked["HX-Redirect"] == PAGE
    CardSetup.objects.create(member=member, session_id="cs_over", status="expired", expires_at=timezone.now())
    assert saved_cards.refresh(member), "nothing is left to wait for"
    CardSetup.objects.filter(session_id="cs_over").delete()
    page = client.get(f"{PAGE}?saved=1").content.decode()
    assert "Visa 4242" in page and "good until December 2034" in page and "in a moment" not in page
    assert client.post(f"{PAGE}agree/", TYPED)["Location"] == PAGE
    auto = AutoTopUp.objects.get()
    assert auto.is_on and auto.monthly_cap == 100 and "$100.00, Visa 4242" in auto.consent
    first = auto.payment_method_id
    stripe_side.deliver()
    save_card(stripe_side, member, "mastercard")
    auto.refresh_from_db()
    assert (auto.card, auto.is_on) == ("Mastercard 4444", True)
    client.post(f"{PAGE}card/remove/")
    stripe_side.deliver()
    auto.refresh_from_db()
    assert (auto.is_on, auto.card, auto.off_because) == (False, "", "card")
    assert stripe_side.api.payment_methods.retrieve(first).customer is None
    assert stripe_side.api.customers.payment_methods.list(StripeCustomer.objects.get().stripe_id).data == []
    verbs = AuditEvent.objects.filter(verb__startswith="auto_top_up.").values_list("verb", flat=True)
    told = ["card_saved", "agreed", "card_saved", "card_removed"]
    assert list(verbs.order_by("pk")) == [f"auto_top_up.{verb}" for verb in told]


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"threshold": "0.50"}, "Choose $2.00 or more."),
        ({"amount": "4"}, "Top-ups are between $5.00 and $500.00."),
        ({"threshold": "30"}, "choose $30.00 or more"),
        ({"monthly_cap": "19"}, "There must be room for one top-up"),
        ({"monthly_cap": "300"}, "Choose $200.00 or less."),
        ({"consent": ""}, "I agree: Tick this to turn it on."),
        ({"amount": "lots"}, "Enter an amount in dollars"),
    ],
)
def test_what_does_not_fit_is_said_beside_it(member, owner, settings, typed, says):
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    values.change("auto_topup_min_threshold_usd", "2", by=owner)
    values.change("auto_topup_max_monthly_usd", "200", by=owner)
    make_auto(member, is_on=False)
    answer = confirmed(member).post(f"{PAGE}agree/", TYPED | typed)
    page = answer.content.decode()
    assert answer.status_code == 422 and says in page and not AutoTopUp.objects.get().is_on
    assert all(f'value="{text}"' in page for name, text in (TYPED | typed).items() if name != "consent")


def test_the_audit_trail_tells_what_changed_and_no_more(member):
    make_auto(member)
    auto_settings.agree(member, **AGREED | {"monthly_cap": Decimal("60.00")})
    told = AuditEvent.objects.get(verb="auto_top_up.agreed")
    assert told.before == {"on": True, "threshold": "5.00", "amount": "20.00", "monthly_cap": "50.00"}
    assert told.after == told.before | {"monthly_cap": "60.00"}


def test_the_member_sees_how_it_stands_and_turns_it_off(client_of, member, owner, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_x"
    client, auto = client_of(member), make_auto(member, failures=1)
    make_attempt(auto)
    make_attempt(auto)
    failed = make_attempt(auto, "failed", "Your card was declined.")
    page = client.get(PAGE).content.decode()
    assert "Your monthly cap is reached: $40.00 of $50.00" in page and "Your card was declined." in page
    assert f"?amount={AGREED['amount']:.2f}#top-up" in page
    values.change("auto_topup_max_monthly_usd", "45", by=owner)
    page = client.get(PAGE).content.decode()
    assert "The most that we charge by itself in a month is reached: $40.00 of $45.00" in page
    type(failed).objects.filter(pk=failed.pk).update(code="authentication_required")
    assert "confirm it yourself" in client.get(PAGE).content.decode()
    type(auto).objects.update(is_on=False, off_because="failures", failures=3)
    off = client.get(PAGE).content.decode()
    assert "confirm each payment yourself" in off and "refused" not in off and off.count("by hand</a>") == 1
    type(auto).objects.update(is_on=True, off_because="", failures=1)
    by_hand = client.get("/me/credit/?amount=35.00").content.decode()
    assert 'value="other" checked' in by_hand and 'value="35.00"' in by_hand and "Cap reached" in by_hand
    client.post(f"{PAGE}end/")
    assert "Nothing is charged by itself any more" in client.get(PAGE).content.decode()
    assert not AutoTopUp.objects.get().is_on


@pytest.fixture
def mails_wait(monkeypatch):
    monkeypatch.setattr("accounts.mail.deliver", lambda mail: None)


def test_staff_turn_it_off_with_a_reason(client_of, member, supporter, confirmed_lately, mails_wait):
    make_auto(member)
    client, address = client_of(supporter), f"/admin/billing/members/{member.pk}/auto-top-up/stop/"
    assert (
        "Turn off auto top-up" in client.get(reverse("accounts:panel:user_credit", args=[member.pk])).content.decode()
    )
    assert client.post(address, {"reason": ""}, headers={"HX-Request": "true"}).status_code == 422
    client.post(address, {"reason": "Card of somebody else"})
    auto = AutoTopUp.objects.get()
    assert (auto.is_on, auto.off_because) == (False, "staff")
    assert AuditEvent.objects.get(verb="auto_top_up.turned_off").note == "Card of somebody else"
    told = QueuedMail.objects.get()
    assert told.subject == "We turned your auto top-up off" and "Card of somebody else" not in told.body


@pytest.mark.parametrize(
    ("type_", "thing"),
    [("payment_method.detached", lambda auto: auto.payment_method_id), ("customer.deleted", lambda auto: "cus_1")],
)
def test_a_card_that_stripe_no_longer_has_is_told_of_once(member, mails_wait, type_, thing):
    auto = make_auto(member)
    for _ in range(2):
        assert stripe_events.apply_event(store_event(type_, {"id": thing(auto)}).pk).state == "applied"
    auto.refresh_from_db()
    assert (auto.is_on, auto.off_because, auto.card) == (False, "card", "")
    told = QueuedMail.objects.get()
    assert told.to == member.email and "Visa 4242" in told.body and "auto top-up is off" in told.body


def test_the_card_of_premium_stays_at_stripe(member, stripe_side, monkeypatch):
    save_card(stripe_side, member)
    card = AutoTopUp.objects.get().payment_method_id
    premium = make_subscription(member, method_id=card, status="past_due")
    saved_cards.remove(member, by=member)
    stripe_side.deliver()
    assert AutoTopUp.objects.get().card == "" and stripe_side.api.payment_methods.retrieve(card).customer
    type(premium).objects.update(status="canceled")
    break_once(monkeypatch, "payment_methods.detach")
    with pytest.raises(stripe_api.Broken):
        saved_cards.detach(card)
    saved_cards.detach(card)
    assert stripe_side.api.payment_methods.retrieve(card).customer is None


def test_a_deleted_account_keeps_no_card(member, stripe_side):
    save_card(stripe_side, member)
    card = AutoTopUp.objects.get().payment_method_id
    forgetting.forget(member, [member.email])
    stripe_side.deliver()
    assert AutoTopUp.objects.get().card == "" and not CardSetup.objects.exclude(checkout_url="").exists()
    assert stripe_side.api.payment_methods.retrieve(card).customer is None
