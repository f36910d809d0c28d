from tunables import values

PANEL = "/admin/tunables/panels/history/"
CHANGE = "/admin/security/tunables/lockouts_before_alert/change/"
HTMX = {"HX-Request": "true"}


def test_it_works(confirmed, owner):
    """Each change but one to the value that holds has a button whose form, sent as it is, brings the old value back."""
    for number in ("20", "30"):
        values.change("lockouts_before_alert", number, by=owner)
    values.change("topup_min_usd", "4", by=owner)
    page = confirmed.get(PANEL, headers=HTMX).content.decode()
    for words in (
        "<del>20</del> → <ins>30</ins>",
        "Return to 20<",
        "Return to 10<",
        'name="version" value="2"',
        "Owner",
    ):
        assert words in page
    assert "topup_min_usd" not in page
    assert confirmed.post(CHANGE, {"version": "2", "value": "10"}, headers=HTMX).status_code == 200
    assert values.get("lockouts_before_alert") == 10
    assert "Return to 10<" not in confirmed.get(PANEL, headers=HTMX).content.decode()


def test_it_filters_by_key_and_shows_nothing_yet(confirmed, owner):
    assert "No history yet" in confirmed.get(PANEL, headers=HTMX).content.decode()
    values.change("backups_kept", "20", by=owner)
    assert "backups_kept" in confirmed.get(PANEL, {"key": "back"}, headers=HTMX).content.decode()
    assert "No such change" in confirmed.get(PANEL, {"key": "session"}, headers=HTMX).content.decode()


def test_it_requires_security_configure(client_of, supporter):
    assert client_of(supporter).get(PANEL).status_code == 403
