"""Members to choose from while typing."""

import pytest

pytestmark = pytest.mark.django_db
PANEL = "/admin/billing/panels/member_options/"


def text_of(client, words):
    return client.get(PANEL, {"member": words}, headers={"HX-Request": "true"}).content.decode()


def test_it_works(client_of, supporter, member, outsider):
    text = text_of(client_of(supporter), "MEM")
    assert member.email in text and outsider.email not in text


def test_it_offers_nobody_before_something_is_typed(client_of, supporter, member):
    assert "option" not in text_of(client_of(supporter), " ")


def test_it_requires_credit_adjust(client_of, accountant):
    assert client_of(accountant).get(PANEL).status_code == 403
