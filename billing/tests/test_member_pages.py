"""What a member sees and does about their own credit, without Stripe's answer in play."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from billing.models import CreditAdjustment, TopUp
from billing.tests.make import make_top_up
from ledger import posting
from ledger.tests.make import make_refund
from ledger.tests.make import make_top_up as ledger_top_up

pytestmark = pytest.mark.django_db
START = "/me/credit/top-ups/start/"


@pytest.fixture(autouse=True)
def configured(settings):
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox_x"


def test_it_works(client_of, member):
    page = client_of(member).get("/me/credit/").content.decode()
    assert "$21.00 of credit" in page and "$1.00 on us" in page


def test_lots_stand_in_the_order_in_which_they_are_spent(client_of, member):
    ledger_top_up(member, 20)
    for amount, days in ((1, None), (90, 90), (9, 9)):
        expires = days and timezone.now() + timedelta(days=days)
        posting.grant(member, Decimal(amount), note="Gift", expires_at=expires)
    page = client_of(member).get("/me/credit/").content.decode()
    shown = page[page.index('id="lots"') : page.index('id="payments"')]
    assert re.findall(r'data-label="Of">\$([\d.]+)', shown) == ["9.00", "90.00", "1.00", "20.00"]


def test_a_payment_says_what_it_pays_of_a_debt(client_of, member):
    top_up = ledger_top_up(member, 20)
    posting.charge(member, Decimal(15), service="poem")
    gone = make_refund(member, 20, top_up)
    posting.reverse(gone.transaction_id)
    page = client_of(member).get("/me/credit/").content.decode()
    assert "Refund failed" in page and "pays $15.00 of what you owed" in page and "$15.00 more is owed" in page


def test_movements_say_what_they_are_and_lead_nowhere_else(client_of, member):
    posting.grant(member, Decimal(1), note="Welcome credit")
    page = client_of(member).get("/me/credit/").content.decode()
    assert 'scope="row">Grant <span class="muted">Welcome credit' in page and "/admin/" not in page


def test_it_says_when_payments_are_not_configured(client_of, member, settings):
    settings.STRIPE_SECRET_KEY = ""
    assert "Payments are not set up" in client_of(member).get("/me/credit/").content.decode()


def test_it_asks_for_sign_in(client):
    assert client.get("/me/credit/").status_code == 302


def form(**fields):
    return {"choice": "20.00", "other": "", "form_key": str(uuid.uuid4())} | fields


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"choice": "7.00"}, "Choose one of the offered amounts"),
        ({"choice": "other", "other": ""}, "Type how much"),
        ({"choice": "other", "other": "4.99"}, "between $5.00 and $500.00"),
        ({"choice": "other", "other": "500.01"}, "between $5.00 and $500.00"),
        ({"choice": "other", "other": "10.001"}, "decimal places"),
        ({"choice": "other", "other": "NaN"}, "Enter an amount"),
        ({"choice": "other", "other": "-20"}, "above zero"),
        ({"choice": "other", "other": "9" * 31}, "largest"),
    ],
)
def test_it_says_what_is_wrong_and_keeps_what_was_typed(client_of, member, sent, sentence):
    response = client_of(member).post(START, form(**sent))
    page = response.content.decode()
    assert response.status_code == 422 and sentence in page
    if sent["choice"] == "other":
        assert f'value="{sent["other"]}"' in page or not sent["other"]
    assert not TopUp.objects.exists()


def test_another_members_top_up_is_unknown(client_of, member, outsider):
    theirs = make_top_up(outsider)
    client = client_of(member)
    assert client.get(f"/me/credit/top-ups/{theirs.public_id}/").status_code == 404
    assert client.post(f"/me/credit/top-ups/{theirs.public_id}/refresh/").status_code == 404
    assert client.post(f"/me/credit/top-ups/{theirs.public_id}/reopen/").status_code == 404


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("creating", "Stripe has not answered yet"),
        ("open", "is not finished"),
        ("processing", "still processing"),
        ("failed", "did not go through"),
        ("expired", "has expired"),
    ],
)
def test_the_status_page_is_truthful(client_of, member, status, words):
    top_up = make_top_up(member, status=status)
    assert words in client_of(member).get(top_up.get_absolute_url()).content.decode()


def test_leaving_the_payment_page_says_that_nothing_was_charged(client_of, member):
    page = client_of(member).get(make_top_up(member).get_absolute_url() + "?left=1").content.decode()
    assert "You left the payment page" in page and "Nothing was charged" in page


def test_the_csv_holds_the_movements(client_of, member, owner):
    CreditAdjustment.objects.ask(member, Decimal(3), reason="=1+1, for staff only", form_key=uuid.uuid4(), by=owner)
    response = client_of(member).get("/me/credit/movements.csv")
    text = b"".join(response.streaming_content).decode()
    assert "Grant,,0.00,3.00" in text and "for staff" not in text
