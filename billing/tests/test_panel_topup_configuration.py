"""Top-up Configuration: what staff change is what members see next."""

import pytest

from tunables import values

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/billing/panels/topup_configuration/"


def test_it_works(client_of, owner):
    text = client_of(owner).get(PANEL, headers={"HX-Request": "true"}).content.decode()
    assert "topup_presets_usd" in text and "session_hours" not in text


def test_a_change_reaches_the_member_at_once(client_of, owner, member, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox_x"
    change = "/admin/billing/tunables/topup_presets_usd/change/"
    client_of(owner).post(change, {"value": "7, 30", "version": "0"}, headers={"HX-Request": "true"})
    assert [int(amount) for amount in values.get("topup_presets_usd")] == [7, 30]
    page = client_of(member).get("/me/credit/").content.decode()
    assert 'value="7.00"' in page and 'value="20.00"' not in page


def test_a_security_setting_is_not_changed_here(client_of, owner):
    assert client_of(owner).post("/admin/billing/tunables/session_hours/change/", {"value": "1"}).status_code == 404


def test_it_requires_billing_configure(client_of, supporter):
    assert client_of(supporter).get(PANEL).status_code == 403
    assert client_of(supporter).post("/admin/billing/tunables/topup_min_usd/change/", {"value": "1"}).status_code == 403
