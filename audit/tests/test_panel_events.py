from audit.models import record

PANEL = "/admin/audit/panels/events/"
INTEGRITY = "/admin/audit/panels/integrity/"
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, owner, member):
    record(owner, "user.renamed", member, before={"name": "Ada <b>"}, after={"name": "Mira"}, note="asked by mail")
    client = client_of(owner)
    assert client.get("/admin/audit/").status_code == 200
    page = client.get(PANEL, headers=HTMX).content.decode()
    for words in ("user.renamed", f"user:{member.pk}", "<del>Ada &lt;b&gt;</del>", "<ins>Mira</ins>", "asked by mail"):
        assert words in page


def test_it_shows_nothing_yet(client_of, owner):
    assert "Nothing has happened yet" in client_of(owner).get(PANEL, headers=HTMX).content.decode()


def test_it_filters_by_the_beginning(client_of, owner):
    record(owner, "user.renamed", "user:1")
    record(None, "tunable.changed", "tunable:x")
    client = client_of(owner)
    for query in ({"verb": "tunable."}, {"target": "tunable:"}):
        page = client.get(PANEL, query, headers=HTMX).content.decode()
        assert "tunable.changed" in page
        assert "user.renamed" not in page
    assert "user.renamed" in client.get(PANEL, {"actor": "OWNER@"}, headers=HTMX).content.decode()
    assert "No such event" in client.get(PANEL, {"verb": "%"}, headers=HTMX).content.decode()


def test_it_pages_by_key_and_streams_csv(client_of, owner):
    for number in range(55):
        record(None, "thing.changed", f"thing:{number}", after={"n": number})
    client = client_of(owner)
    assert client.get(PANEL, headers=HTMX).content.decode().count('<tr role="row" id="event-') == 50
    lines = b"".join(client.get(PANEL, {"format": "csv"}).streaming_content).decode("utf-8-sig").splitlines()
    assert len(lines) == 57  # with the row that says that this file was taken
    assert lines[0].startswith("Id,Time,Actor")


def test_it_requires_audit_read_and_the_denial_is_recorded(client_of, owner, supporter):
    assert client_of(supporter).get(PANEL).status_code == 403
    page = client_of(owner).get(PANEL, headers=HTMX).content.decode()
    assert "access.denied" in page
    assert "perm:audit:read" in page
