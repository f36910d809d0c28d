"""Demo data of the embedded mode: members who really pay at the sandbox today, spend, and get refunds.

Everything goes the way it goes in earnest: Checkout Sessions, the hosted page, refunds at Stripe, ledger verbs.
Each step has a name of its own, so that a run that died goes on where it stopped.
"""

import re
import uuid
from dataclasses import dataclass
from decimal import Decimal

import httpx
from django.conf import settings

from accounts.models import User
from billing import auto_settings, checkout, saved_cards, stripe_api
from billing.models import AutoTopUp, TopUp
from ledger import posting

NAMESPACE = uuid.UUID("6f1c1c0e-6e0b-4a4e-9a54-6d0f0e6d5a11")
CARD = {"method": "card", "number": "4242424242424242", "expiry": "12 / 34", "cvc": "123", "name": "Demo Member"}
REFUSED = "4000000000000341"  # can be saved, but every charge is declined
DECLINED = CARD | {"number": "4000000000009995"}
PRICES = {
    "lite_render": Decimal("0.10"),
    "studio_render": Decimal("0.25"),
    "poem": Decimal("0.02"),
    "image": Decimal("0.04"),
    "music": Decimal("0.06"),
}


@dataclass(frozen=True)
class Story:
    """What one demo member did: amounts in US dollars, services with counts, and the refund of the first payment.

    `auto` is the card that is saved for auto top-ups, if one is.
    """

    name: str
    payments: tuple[int, ...] = ()
    spent: tuple[tuple[str, int], ...] = ()
    refund: int = 0
    declined: bool = False
    leaves: bool = False
    email: str = ""
    auto: str = ""


STORIES = (
    Story("Mira Member", (20,), (("studio_render", 9), ("poem", 14)), email="member@poemvision.example"),
    Story("Chiara Moretti", (5, 5), (("lite_render", 25), ("poem", 9)), refund=5),
    Story("Elif Yılmaz", (), (("lite_render", 6),)),
    Story("Farah Haddad", (5,), (("lite_render", 48),), declined=True, auto=REFUSED),
    Story("Jonas Weber", (), (), leaves=True),
    Story("Katya Orlova", (20,), (("studio_render", 18), ("image", 22), ("music", 7)), refund=8),
    Story("Liam O’Brien", (5, 5), (("lite_render", 70), ("poem", 16)), auto=CARD["number"]),
)


def play(story: Story) -> None:
    """Let one member do what the story says; doing it again changes nothing."""
    member = _member(story)
    posting.grant(member, Decimal(1), note="Welcome credit", external_id=f"signup:{member.pk}")
    for number, dollars in enumerate(story.payments):
        top_up = _started(member, dollars, number)
        if story.declined and top_up.status == TopUp.Status.OPEN:
            _pay(top_up, DECLINED)
        _pay(top_up, CARD)
        checkout.refresh(top_up)
    if story.auto:
        _agree(member, story.auto)
    for service, count in story.spent:
        for number in range(count):
            _spend(member, service, number)
    if story.refund:
        _refund(member, story.refund)
    if story.leaves:
        _started(member, 50, 0)


def _agree(member, number: str) -> None:
    """A card is saved, and credit is topped up by itself from now on."""
    if not AutoTopUp.objects.filter(member=member).exclude(payment_method_id="").exists():
        _fill(saved_cards.start(member).checkout_url, member, CARD | {"number": number})
        saved_cards.refresh(member)
        auto_settings.agree(member, threshold=Decimal(5), amount=Decimal(20), monthly_cap=Decimal(60))


def _member(story: Story) -> User:
    email = story.email or f"{story.name.split()[0].lower()}@example.com"
    found = User.objects.filter(email=email).first()
    return found or User.objects.create_user(email, None, name=story.name, is_demo=True)


def _started(member, dollars: int, number: int) -> TopUp:
    form_key = uuid.uuid5(NAMESPACE, f"{member.email}:{number}")
    return checkout.start(member, Decimal(dollars), form_key)


def _pay(top_up: TopUp, card: dict) -> None:
    if top_up.status == TopUp.Status.OPEN:
        _fill(top_up.checkout_url, top_up.member, card)


def _fill(address: str, member, card: dict) -> None:
    """Fill in the sandbox's Checkout page as a person would."""
    with httpx.Client(timeout=20, trust_env=False) as browser:
        page = browser.get(address).text
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        if token:
            form = {**card, "email": member.email, "csrfmiddlewaretoken": token[1]}
            browser.post(address, data=form)


def _spend(member, service: str, number: int) -> None:
    posting.charge(member, PRICES[service], service=service, external_id=f"demo:{member.pk}:{service}:{number}")


def _refund(member, dollars: int) -> None:
    paid = member.top_ups.filter(status=TopUp.Status.PAID).order_by("pk").first()
    if stripe_api.call("refunds", "list", {"payment_intent": paid.payment_intent_id})["data"]:
        return  # Stripe forgets its keys after a day
    stripe_api.call(
        "refunds",
        "create",
        {"payment_intent": paid.payment_intent_id, "amount": dollars * 100, "reason": "requested_by_customer"},
        {"idempotency_key": f"demo-refund:{paid.public_id}"},
    )


def is_possible() -> bool:
    """Only with the local sandbox: demo payments are never made at a real Stripe."""
    return settings.EMBEDDED and bool(settings.STRIPE_SANDBOX_URL)
