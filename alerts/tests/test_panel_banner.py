from alerts.models import raise_alert

HTMX = {"HX-Request": "true"}


def test_it_works(client_of, owner):
    client = client_of(owner)
    url = "/admin/alerts/panels/banner/"
    assert client.get(url, headers=HTMX).content.decode().strip() == ""
    for number in range(5):
        raise_alert(f"a{number}", f"Alert {number}")
    page = client.get(url, headers=HTMX).content.decode()
    assert page.count('class="notice') == 3
    assert "All alerts" in page


def test_it_requires_alerts_read(client_of, marketer):
    assert client_of(marketer).get("/admin/alerts/panels/banner/").status_code == 403
