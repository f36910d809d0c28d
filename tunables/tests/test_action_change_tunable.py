import pytest

from audit.models import AuditEvent
from tunables import values
from tunables.models import Override

URL = "/admin/security/tunables/lockout_minutes/change/"
HTMX = {"HX-Request": "true"}


def test_it_works(confirmed, owner):
    answer = confirmed.post(URL, {"value": "30", "version": "0"}, headers=HTMX)
    assert answer.status_code == 200
    assert answer.content.decode().lstrip().startswith('<tr role="row" id="tunable-lockout_minutes" class="changed">')
    assert "is saved" in answer.headers["HX-Trigger"]
    assert values.get("lockout_minutes") == 30
    event = AuditEvent.objects.get()
    assert (event.actor, event.before, event.after) == (owner, {"value": "15"}, {"value": "30"})
    assert event.client == "127.0.0.0/24"
    assert event.request_id


def test_a_plain_browser_is_sent_back(confirmed):
    answer = confirmed.post(URL, {"value": "30", "version": "0"})
    assert (answer.status_code, answer["Location"]) == (302, "/admin/security/")


@pytest.mark.parametrize("value", ["0", "1441", "NaN", "", "1.5", "-0", "9" * 30, "\x00", "<b>"])
def test_what_is_wrong_stands_beside_the_field_and_the_typed_text_stays(confirmed, value):
    answer = confirmed.post(URL, {"value": value, "version": "0"}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'class="error" id="e-lockout_minutes"' in page
    assert 'aria-invalid="true"' in page
    assert value not in ("1441", "NaN", "1.5") or f'value="{value}"' in page
    assert "<b>" not in page
    assert not Override.objects.exists()
    plain = confirmed.post(URL, {"value": value, "version": "0"})
    assert plain.status_code == 422
    assert "<html" in plain.content.decode()


def test_the_second_of_two_admins_is_shown_both_values_and_can_insist(confirmed, owner):
    values.change("lockout_minutes", "20", by=owner)
    answer = confirmed.post(URL, {"value": "30", "version": "0"}, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "it is now 20. You entered 30." in page
    assert 'name="version" value="1"' in page
    assert 'value="30"' in page
    assert values.get("lockout_minutes") == 20
    assert confirmed.post(URL, {"value": "30", "version": "1"}, headers=HTMX).status_code == 200
    assert values.get("lockout_minutes") == 30
    verbs = list(AuditEvent.objects.order_by("id").values_list("verb", flat=True))
    assert verbs == ["tunable.changed", "tunable.conflicted", "tunable.changed"]


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 40, "٣"])
def test_a_mangled_version_never_overwrites(confirmed, version):
    assert confirmed.post(URL, {"value": "30", "version": version}, headers=HTMX).status_code == 409


def test_reset(confirmed, owner):
    values.change("lockout_minutes", "30", by=owner)
    url = "/admin/security/tunables/lockout_minutes/reset/"
    answer = confirmed.post(url, {"version": "1", "value": "whatever"}, headers=HTMX)
    assert answer.status_code == 200
    assert values.get("lockout_minutes") == 15


def test_the_password_is_asked_for_again(client_of, owner):
    client = client_of(owner)
    answer = client.post(URL, {"value": "30", "version": "0"}, headers={"Referer": "http://testserver/admin/security/"})
    assert (answer.status_code, answer["Location"]) == (302, "/account/reauthenticate/?next=%2Fadmin%2Fsecurity%2F")
    answer = client.post(URL, {"value": "30", "version": "0"}, headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"][:24]) == (401, "/account/reauthenticate/")
    assert values.get("lockout_minutes") == 15


def test_it_requires_security_configure(client_of, supporter):
    assert client_of(supporter).post(URL, {"value": "30", "version": "0"}).status_code == 403


def test_it_rejects_get(confirmed):
    assert confirmed.get(URL).status_code == 405


def test_a_key_of_another_table_does_not_exist_here(confirmed):
    url = "/admin/security/tunables/topup_min_usd/change/"
    assert confirmed.post(url, {"value": "1", "version": "0"}, headers=HTMX).status_code == 404
