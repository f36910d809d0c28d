import pytest

from alerts.models import Alert, raise_alert

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = "/admin/alerts/panels/alerts/"
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, supporter):
    raise_alert("x", "The ledger is off", "by $1", severity="bad", url="/admin/billing/")
    page = client_of(supporter).get("/admin/alerts/").content.decode()
    for words in ("The ledger is off", "by $1", "Critical", "1×", "Acknowledge"):
        assert words in page


def test_it_shows_nothing_yet(client_of, owner):
    assert "All is well" in client_of(owner).get(PANEL, headers=HTMX).content.decode()


def test_acknowledged_ones_are_kept(client_of, owner):
    raise_alert("x", "Old trouble").acknowledge(by=owner)
    client = client_of(owner)
    assert "Old trouble" not in client.get(PANEL, headers=HTMX).content.decode()
    page = client.get(PANEL, {"state": "acknowledged"}, headers=HTMX).content.decode()
    assert "Old trouble" in page
    assert "Reopen" in page


def test_csv(client_of, owner):
    raise_alert("x", "-1 job")
    answer = client_of(owner).get(PANEL, {"format": "csv"})
    assert "'-1 job" in b"".join(answer.streaming_content).decode()


def test_it_pages_by_key(client_of, owner):
    for number in range(55):
        raise_alert(f"a{number}", f"Alert {number}", severity="bad" if number % 2 else "warn")
    page = client_of(owner).get(PANEL, headers=HTMX).content.decode()
    assert page.count('<tr role="row" id="alert-') == 50


def test_it_requires_alerts_read(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403
    assert Alert.objects.count() == 0
