"""What one member has to spend."""

from decimal import Decimal

from accounts.tests.make import make_user
from ledger import posting


def panel(person):
    return f"/admin/accounts/panels/user_credit/{person.pk}/"


def test_it_works(client_of, supporter):
    ada = make_user()
    posting.grant(ada, Decimal("2.50"), note="Test")
    text = client_of(supporter).get(panel(ada), headers={"HX-Request": "true"}).content.decode()
    assert text.count("$2.50") == 2
    assert "$0.00" in text


def test_it_shows_zeros_to_begin_with(client_of, supporter):
    assert "$0.00" in client_of(supporter).get(panel(make_user())).content.decode()


def test_nobody_is_404(client_of, supporter):
    assert client_of(supporter).get("/admin/accounts/panels/user_credit/999999999/").status_code == 404


def test_it_requires_users_read_credit(client_of, marketer):
    assert client_of(marketer).get(panel(make_user())).status_code == 403
