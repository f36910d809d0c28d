"""Before → after, while the form is filled in."""

from decimal import Decimal

import pytest

from ledger import posting

pytestmark = pytest.mark.django_db
PANEL = "/admin/billing/panels/adjustment_preview/"


def text_of(client, **typed):
    return client.get(PANEL, typed, headers={"HX-Request": "true"}).content.decode()


def test_it_works(client_of, supporter, member):
    posting.grant(member, Decimal(1), note="x")
    text = text_of(client_of(supporter), member=member.email, amount="5")
    assert "$1.00 → <strong>$6.00</strong>" in text


def test_it_warns_of_the_second_person_and_of_too_little(client_of, supporter, member):
    client = client_of(supporter)
    assert "second person" in text_of(client, member=member.email, amount="500")
    assert "Not covered" in text_of(client, member=member.email, amount="-5")


@pytest.mark.parametrize("typed", [{}, {"member": "nobody", "amount": "5"}, {"amount": "NaN"}])
def test_it_is_silent_until_the_form_makes_sense(client_of, supporter, typed):
    assert text_of(client_of(supporter), **typed).strip() == ""


def test_it_requires_credit_adjust(client_of, accountant):
    assert client_of(accountant).get(PANEL).status_code == 403
