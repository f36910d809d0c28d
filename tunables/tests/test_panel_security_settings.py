from tunables import values
from tunables.catalog import CATALOG
from tunables.models import Override

PANEL = "/admin/tunables/panels/security_settings/"
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, owner):
    values.change("lockout_minutes", "30", by=owner)
    page = client_of(owner).get("/admin/security/").content.decode()
    for words in ("Security settings", "lockout_minutes", "1–1,440 minutes", "15 minutes", "Changed by"):
        assert words in page
    fragment = client_of(owner).get(PANEL, headers=HTMX).content.decode()
    assert "<html" not in fragment
    assert all(tunable.key in fragment for tunable in CATALOG.values() if tunable.table == "security")
    assert 'value="30"' in fragment


def test_it_requires_security_configure(client_of, supporter):
    assert client_of(supporter).get(PANEL).status_code == 403


def test_an_unusable_stored_value_is_shown_with_the_value_that_holds(client_of, owner):
    Override.objects.create(key="registration_mode", value="perhaps")
    page = client_of(owner).get(PANEL).content.decode()
    assert "The stored value is unusable" in page
    assert '<option value="closed" selected>' in page


def test_what_was_typed_waits_while_the_password_is_asked_for(client_of, owner):
    client = client_of(owner)
    asked = client.post(
        "/admin/security/tunables/lockout_minutes/change/", {"value": "77", "version": "0"}, headers=HTMX
    )
    assert asked.status_code == 401
    page = client.get(PANEL, headers=HTMX).content.decode()
    assert 'value="77"' in page and "Not saved yet" in page
    assert 'value="77"' not in client.get(PANEL, headers=HTMX).content.decode()
