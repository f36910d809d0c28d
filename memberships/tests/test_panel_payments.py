"""All that was paid and went back, as one list: of all to staff, their own to members; it adds up as reports do."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing.models import Dispute, Refund, TopUp
from billing.tests.make import make_top_up
from memberships import history
from memberships.models import MoneyBack
from memberships.panels import DAYS
from memberships.tests.make import make_invoice
from reports import money, rollups
from ui import periods

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL, ROOM, OWN = "/admin/memberships/panels/payments/", "/admin/memberships/", "/me/payments/"


@pytest.fixture
def paid(member, outsider):
    """Of each kind what holds and what does not; a fifth of each payment is tax."""
    now = timezone.now()
    ago = {hours: {"created_at": now - timedelta(hours=hours)} for hours in range(9)}
    facts = {
        "status": "paid",
        "cash": Decimal(24),
        "paid_at": now - timedelta(days=40),
        "receipt_url": "https://pay.stripe.com/r",
    }
    top_up, _ = (make_top_up(who, "20", payment_intent_id=f"pi_{who.pk}", **facts) for who in (member, outsider))
    for number, status in enumerate(("succeeded", "failed", "pending"), 1):
        Refund.objects.create(top_up=top_up, stripe_id=f"re_{number}", amount=5, status=status, **ago[number])
    for number, status in enumerate(("won", "lost", "warning_closed", "needs_response"), 4):
        told = {"stripe_id": f"du_{number}", "amount": 7, "status": status, "heard_at": now}
        Dispute.objects.create(top_up=top_up, **told, **ago[number])
    invoice = make_invoice(member, "12", tax=2, url="https://invoice.stripe.com/i", payment_intent_id="pi_1")
    make_invoice(member, "7", status="open", paid_at=None, cash=0)
    for number, (kind, given_back) in enumerate((("refund", False), ("dispute", False), ("dispute", True))):
        told = {"kind": kind, "amount": 6, "status": "succeeded", "is_booked": True, "is_given_back": given_back}
        MoneyBack.objects.create(invoice=invoice, stripe_id=f"back_{number}", taken_at=now, **told, **ago[number])
    Dispute.objects.create(invoice=invoice, stripe_id="back_1", amount=6, status="under_review", heard_at=now, **ago[1])
    return invoice


def shown(**wanted) -> list[tuple]:
    return [(row.label, row.of, row.state[0], row.gross, row.part_tax) for row in history.payments(**wanted)[:50]]


def test_it_tells_all_of_it(paid, member, outsider, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert len(shown(member=member)) == 11
    assert {row[1] for row in shown(kind="top_up")} == {""}
    TopUp.objects.filter(member=member).update(session_id=None)
    assert shown(kind="top_up", member=member) == [("Top-up", "automatic", "Paid", 24, 4)]
    assert shown(kind="premium", member=member) == [("Premium", "", "Paid", 12, 2)]
    assert shown(kind="refund") == [
        ("Refund", "of Premium", "Refunded", -6, -1),
        ("Refund", "of a top-up", "Refunded", -5, Decimal("-0.84")),
        ("Refund", "of a top-up", "Failed", 0, 0),
        ("Refund", "of a top-up", "On its way", -5, Decimal("-0.83")),
    ]
    states = [row[1:3] for row in shown(kind="dispute")]
    assert states[:2] == [("of Premium", "Open"), ("of Premium", "Won")]
    assert [state for _, state in states[2:]] == ["Won", "Lost", "Open"]
    assert [row.email for row in history.payments(kind="top_up")[:9]] == [outsider.email, member.email]
    assert list(history.payments()) == history.payments()[:50]


def test_it_adds_up_as_financial_reports_do(paid):
    rollups.catch_up()
    period = periods.Period("custom", periods.today() - timedelta(days=60), periods.today(), "")
    told, found = money.totals(period), history.payments(first=period.first, last=period.last)
    for what, kinds in (("received", ("top_up", "premium")), ("refund", ("refund",)), ("dispute", ("dispute",))):
        assert sum(row.gross - row.part_tax for row in found if row.what in kinds) == told[what], what


def test_staff_look_through_it(client_of, owner, member, outsider, paid):
    client = client_of(owner)
    text = client.get(PANEL).content.decode()
    for words in (f'href="{paid.staff_url}"', "−$6.00", "of Premium", "On its way", "back_0", member.email):
        assert words in text, words
    narrowed = {
        f"member={outsider.pk}": 1,
        f"member={member.pk}&kind=dispute&state=open": 2,
        f"first={periods.today() - timedelta(days=1)}": 10,
        f"last={periods.today() - timedelta(days=2)}&q={member.email}": 1,
        "q=re_2": 1,
        "q=pi_1": 4,
        "q=POEM-0001": 4,
        "member=99999999999999999999&first=9999-12-31&last=x&kind=x&state=x": 12,
    }
    for query, count in narrowed.items():
        file = b"".join(client.get(f"{PANEL}?{query}&format=csv").streaming_content).decode()
        assert len(file.splitlines()) == count + 1, query
    assert f"Member: {outsider}" in client.get(f"{PANEL}?member={outsider.pk}").content.decode()
    assert "Nothing matches" in client.get(f"{PANEL}?q=nobody").content.decode()
    assert "Refund of Premium" in b"".join(client.get(f"{PANEL}?format=csv").streaming_content).decode()


def test_it_has_pages(client_of, accountant, member):
    at = timezone.now()
    for number in range(20):
        make_invoice(member, number + 1, paid_at=at, number=f"N{number:02}")
    for _ in range(12):
        make_top_up(member, "20", status="paid", cash=Decimal(20), paid_at=at)
    client, seen, address = client_of(accountant), [], PANEL
    while address:
        page = client.get(address, headers={"HX-Request": "true"}).context["page"]
        seen += [(row.source, row.row) for row in page.rows]
        address = page.next_url
    assert len(seen) == len(set(seen)) == 32 and seen == sorted(seen, reverse=True)
    back = client.get(page.previous_url, headers={"HX-Request": "true"}).context["page"]
    assert [(row.source, row.row) for row in back.rows] == seen[15:30]


def test_a_member_sees_their_own(client_of, member, outsider, owner, paid):
    client = client_of(member)
    text = client.get(OWN).content.decode()
    for words in (
        "Paid back by your bank",
        "Your payment stands again",
        "of $6.00",
        'href="https://invoice.stripe.com/i"',
        'href="https://pay.stripe.com/r"',
        "−$6.00",
        "−$0.83",
    ):
        assert words in text, words
    assert len(b"".join(client.get(f"{OWN}?format=csv").streaming_content).splitlines()) == 12
    assert OWN in client.get("/me/credit/").content.decode() and OWN in client.get("/me/membership/").content.decode()
    assert client_of(outsider).get(OWN).content.decode().count("Top-up") == 1
    assert "Nothing paid yet" in client_of(owner).get(OWN).content.decode()


def test_days_that_make_no_sense_are_told(client_of, owner):
    client = client_of(owner)
    for query, words in (
        ("first=2026-02-30", "From: that is no day of the calendar"),
        ("first=2026-13-45", "From: that is no day of the calendar"),
        ("first=2026-03-02&last=2026-03-01", "The first day comes after the last"),
    ):
        assert words in client.get(f"{PANEL}?{query}").content.decode()
    assert (
        'role="alert"' not in client.get(f"{PANEL}?first=2026-03-01", headers={"HX-Request": "true"}).content.decode()
    )
    names = [client.get(f"{PANEL}?{name}=2026-03-01&format=csv").headers["Content-Disposition"] for name in DAYS]
    assert ["from-2026" in names[0], "until-2026" in names[1]] == [True, True]
