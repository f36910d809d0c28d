"""The six tabs of the logs."""

import re

import pytest
from django.test import Client
from django.utils import timezone

from accounts import devices
from accounts.models import CustomRole, StaffInvitation
from accounts.tests.make import make_user
from accounts.tests.test_sign_in import sign_in
from audit import context, entries, queries
from audit.models import AuditEvent, record
from audit.tests.make import seal
from conftest import PASSWORD

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = "/admin/audit/panels/log/"
HTMX = {"HX-Request": "true"}
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:149.0) Gecko/20100101 Firefox/149.0"


def seen(client, **query):
    return client.get(PANEL, query, headers=HTMX).content.decode()


def as_csv(client, **query):
    answer = client.get(PANEL, {**query, "format": "csv"})
    return b"".join(answer.streaming_content).decode("utf-8-sig")


def test_sign_ins_tell_result_network_and_device(client_of, owner, member):
    visitor, agent = Client(headers={"User-Agent": WINDOWS}), {"REMOTE_ADDR": "10.1.2.3"}
    for email, password in ((member.email, "wrong"), ("nobody@example.org", "wrong"), (member.email, PASSWORD)):
        sign_in(visitor, email, password, **agent)
    visitor.post("/account/logout/", **agent)
    client = client_of(owner)
    assert client.get("/admin/logs/").status_code == 200
    page = seen(client)
    for words in ("Wrong password", "No such account", "Signed in", "Signed out", "10.1.2.0/24", member.email):
        assert words in page, words
    assert page.count("Firefox on Windows") == 4
    assert "Mozilla" not in page
    page = seen(client, what="user.sign_in_failed", who="memb")
    assert page.count("Wrong password</span>") == 1 and "Signed in</span>" not in page
    assert "No such row" in seen(client, network="192.168.")
    assert "Nothing here yet" in seen(client, period="custom", **{"from": "2001-01-01", "to": "2001-01-02"})


def test_the_tab_that_is_open_leads_to_itself(client_of, owner):
    client = client_of(owner)
    for tab, title in entries.TABS.items():
        chips = client.get(PANEL, {"tab": tab}, headers=HTMX).context["chips"]
        ((label, url),) = [(chip.label, chip.url) for chip in chips if chip.on]
        assert (label, client.get(url, headers=HTMX).context["tab"]) == (title, tab)


def test_each_row_stands_in_one_tab(client_of, owner, member, supporter):
    record(owner, "user.renamed", member, before={"name": "<b>"}, after={"name": "Mira"}, note="asked by mail")
    record(owner, "users.exported", "users", after={"rows": 7, "sha256": "abc"})
    record(owner, "impersonation.began", member, note="ticket 5")
    client_of(supporter).get("/admin/security/")
    told = {
        "exports": ("Users exported", "sha256", "abc"),
        "activity": ("User renamed", "<del>&lt;b&gt;</del> → <ins>Mira</ins>", "asked by mail", ">Member</a>"),
        "impersonations": ("Impersonation began", "ticket 5", ">Member</a>"),
        "denied": ("GET /admin/security/", "security:configure", ">Supporter</a>"),
    }
    client = client_of(owner)
    for tab, words in told.items():
        page = seen(client, tab=tab)
        assert [word for word in words if word not in page] == [], tab
        assert page.count('<tr role="row">') == 2, tab
        assert words[0].partition(" ")[2] in as_csv(client, tab=tab).replace("GET ", " "), tab
    assert AuditEvent.objects.filter(verb="audit.exported", actor=owner, target="audit:log").count() == 4
    assert seen(client, tab="activity", whom="memb").count('<tr role="row">') == 2
    assert seen(client, tab="activity", whom="user:").count('<tr role="row">') == 2
    assert "No such row" in seen(client, tab="activity", whom="outs")
    everything = seen(client, tab="all", period="all")
    assert [word for words in told.values() for word in words if word not in everything] == []
    assert seen(client, tab="all", whom=f"user:{member.pk}").count('<tr role="row">') == 3
    assert client.get("/admin/audit/").headers["Location"] == "/admin/logs/"


def test_one_target_is_not_others_whose_number_begins_so(client_of, owner):
    """The page of each object leads to its own history."""
    for target in ("asset:7", "asset:71", "assets"):
        record(owner, "asset.changed", target)
    client = client_of(owner)
    for whom, number in (("asset:7", 1), ("asset:", 2), ("ass", 3)):
        assert seen(client, tab="all", whom=whom).count('<tr role="row">') == 1 + number, whom


def test_of_many_who_are_named_so_nobody_is_left_out(client_of, owner, monkeypatch):
    """By whom and to whom, on the page and in the file."""
    people = [make_user(f"mira{number}@example.org", name=f"Mira {number}") for number in range(4)]
    for person in people:
        record(person, "user.signed_in", person)
        record(None, "user.sign_in_failed", person)
        record(owner, "user.renamed", person)
        record(person, "cut.deleted", "cut:7")
    record(owner, "thing.changed", "user:unknown")
    client = client_of(owner)
    monkeypatch.setattr(queries, "FEW", 2)
    asked = [({"tab": "sign_ins", "who": "mira"}, 8), ({"tab": "activity", "who": "mira"}, 4)]
    asked += [({"tab": "activity", "whom": "mira"}, 4), ({"tab": "all", "whom": "mira"}, 12)]
    for query, number in asked:
        assert seen(client, **query).count('<tr role="row">') == 1 + number, query
        assert len(as_csv(client, **query).splitlines()) == 1 + number, query


def test_who_uses_an_account_on_behalf_of_its_member_stands_there_with_both_names(client_of, owner, supporter, member):
    with context.acting(supporter):
        record(member, "cut.deleted", "cut:7")
        record(member, "impersonation.refused", member)
        record(member, "access.denied", "perm:users:read")
    client = client_of(owner)
    for tab in ("activity", "impersonations", "denied"):
        page = seen(client, tab=tab)
        assert ">Supporter</a>" in page and "as Member</span>" in page, tab
        assert "Supporter,supporter@poemvision.example,Member," in as_csv(client, tab=tab), tab


def test_addresses_are_for_those_who_may_see_them(client_of, owner):
    """Neither shown nor found, in a cell, a note or the file."""
    CustomRole.objects.create(key="log-reader", title="Log reader", perms=["logs:read"], cloned_from="support")
    reader = make_user("reader@example.org", role="log-reader")
    nameless = make_user("sentinel@example.org")
    facts = {"before": {"email": "sentinel@example.org"}, "after": {"emails": ["sentinel@example.org"]}}
    of_old = {"actor": nameless, "target": f"user:{nameless.pk}", "note": "from <sentinel@example.org>"}
    AuditEvent.objects.create(verb="user.email_corrected", **of_old, **facts)
    new = record(nameless, "user.email_corrected", nameless, note="from <sentinel@example.org>", **facts)
    assert "sentinel" not in f"{new.before} {new.after} {new.note}" and "s•••@e•••.org" in new.note
    client = client_of(owner)
    assert seen(client, tab="activity").count("sentinel@example.org") == 5
    assert "No such row" not in seen(client, tab="activity", who="sent")
    client = client_of(reader)
    page = seen(client, tab="activity")
    assert f"Account {nameless.pk}" in page and "(address hidden)" in page
    assert "sentinel" not in page + as_csv(client, tab="activity")
    assert "No such row" in seen(client, tab="activity", who="sent")


def test_who_may_see_no_address_learns_of_none_by_trying_it(client_of, member):
    """Neither from the row that a wrong password leaves, nor by looking for it."""
    CustomRole.objects.create(key="nosy", title="Nosy", perms=["logs:read", "users:read"])
    for email in (member.email, "nobody@example.org"):
        for _ in range(6):
            sign_in(Client(), email, "wrong")
    client = client_of(make_user("nosy@example.org", role="nosy"))
    names = ("Member", f"user:{member.pk}", f"/admin/users/{member.pk}/", "No such account")
    for page in (seen(client), seen(client, tab="all"), as_csv(client), as_csv(client, tab="all")):
        assert page.count("Wrong password") >= 10 and "Paused" in page
        assert not [name for name in names if name in page]
    seal()
    hashes = list(AuditEvent.objects.exclude(hash=None).values_list("hash", flat=True))
    log = as_csv(client, tab="all") + client.get("/admin/audit/panels/integrity/", headers=HTMX).content.decode()
    assert hashes and not [hash for hash in hashes if hash in log], "of who has it, a guess could be tried"
    assert client.get("/admin/audit/head/").status_code == 403
    for query in ({"who": "Member"}, {"whom": f"user:{member.pk}", "tab": "all"}):
        assert "Wrong password</span>" not in seen(client, **query)
    for panel in ("user_sign_ins", "user_events"):
        page = client.get(f"/admin/accounts/panels/{panel}/{member.pk}/", {"by": "all"}, headers=HTMX).content.decode()
        assert "Wrong password" not in page and "Paused" not in page


def test_keys_and_ids_are_told_in_words(client_of, owner, member):
    CustomRole.objects.create(key="custom-night-shift", title="Night shift", perms=[])
    record(member, "staff.joined", member, after={"role": "custom-night-shift", "invited_by": owner.pk})
    page = seen(client_of(owner), tab="activity")
    assert "Night shift" in page and "custom-night" not in page
    assert re.search(r"invited by</span> <ins>Owner</ins>", page)
    file = as_csv(client_of(owner), tab="activity")
    assert "role: Night shift, invited by: Owner" in file and "custom-night" not in file and "invited_by" not in file


def test_roles_acts_and_invitations_are_called_by_name(client_of, owner):
    role = CustomRole.objects.create(key="custom-night-shift", title="Night shift")
    facts = {"email": "nora@example.org", "expires_at": timezone.now(), "invited_by": owner}
    for target in (role, StaffInvitation.objects.create(**facts), "bulkact:7"):
        record(owner, "thing.changed", target)
    CustomRole.objects.create(key="nosy", title="Nosy", perms=["logs:read"])
    for viewer, invited in ((owner, "nora@example.org"), (make_user(role="nosy"), "n•••@e•••.org")):
        page = seen(client_of(viewer), tab="activity")
        for words in ("Night shift", "bulk act 7", f"invitation of {invited}"):
            assert f">{words}</td>" in page


def test_an_export_says_of_which_list_it_is(client_of, owner):
    record(owner, "export.sent", "billing:recent_topups", after={"rows": 3})
    record(owner, "users.exported", "export:7", after={"rows": 3})
    page = seen(client_of(owner), tab="exports")
    assert "Billing: recent topups" in page and "Export 7" in page


def test_it_reads_few_rows_for_many(client_of, owner, django_assert_max_num_queries):
    for number in range(60):
        record(make_user(f"m{number}@example.org"), "user.renamed", f"user:{number}")
    client = client_of(owner)
    with django_assert_max_num_queries(9):
        assert seen(client, tab="activity").count('<tr role="row">') == 51


def test_it_requires_logs_read(client_of, marketer):
    client = client_of(marketer)
    for url in (PANEL, "/admin/logs/", "/admin/audit/head/", "/admin/audit/panels/integrity/"):
        assert client.get(url).status_code == 403


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (WINDOWS, "Firefox on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/149.0 Safari/537.36 Edg/149.0", "Edge on Windows"),
        (
            "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 Chrome/149.0 Mobile Safari/537.36",
            "Chrome on Android",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Mobile/15E Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.0 Safari/605.1.15", "Safari on macOS"),
        ("curl/8.1", "A program"),
        ("<script>alert(1)</script>", "Unknown"),
        ("x" * 100_000 + "Firefox/1", "Unknown"),
        ("", ""),
    ],
)
def test_a_device_is_named_by_browser_and_system(agent, name):
    assert devices.family(agent) == name


def test_every_verb_has_one_tab():
    verbs = ("user.signed_in", "user.second_factor_failed", "tunable.changed", "audit.exported", "access.denied")
    tabs = [entries.SIGN_INS, entries.SIGN_INS, entries.ACTIVITY, entries.EXPORTS, entries.DENIED]
    assert [entries.tab_of(verb) for verb in verbs] == tabs
