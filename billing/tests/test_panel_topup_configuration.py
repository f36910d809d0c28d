from tunables import values

PANEL = "/admin/billing/panels/topup_configuration/"
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, owner):
    client = client_of(owner)
    panel = client.get(PANEL, headers=HTMX).content.decode()
    for words in ("topup_min_usd", "$5.00", "Hint", "/admin/billing/tunables/topup_min_usd/change/"):
        assert words in panel
    url = "/admin/billing/tunables/topup_min_usd/change/"
    answer = client.post(url, {"value": "600", "version": "0"}, headers=HTMX)
    assert answer.status_code == 422
    assert "would be above the largest" in answer.content.decode()
    assert client.post(url, {"value": "4", "version": "0"}, headers=HTMX).status_code == 200
    assert values.get("topup_min_usd") == 4
    assert client.post(url, {"value": "4", "version": "0"}, headers={}).status_code == 409


def test_reset(client_of, owner):
    values.change("topup_min_usd", "4", by=owner)
    url = "/admin/billing/tunables/topup_min_usd/reset/"
    assert client_of(owner).post(url, {"version": "1"}, headers=HTMX).status_code == 200
    assert values.get("topup_min_usd") == 5


def test_it_requires_billing_configure(client_of, supporter):
    client = client_of(supporter)
    assert client.get(PANEL).status_code == 403
    assert (
        client.post("/admin/billing/tunables/topup_min_usd/change/", {"value": "4", "version": "0"}).status_code == 403
    )
