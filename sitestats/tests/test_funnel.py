"""The steps of the funnel are facts: what was done in a session, once it came true, in the order of the steps."""

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.tests.make import make_user
from accounts.tests.test_registration import sign_up
from files.tests.conftest import media  # noqa: F401 (a fixture)
from invites.models import Invite
from ledger import posting
from pricing.models import ProviderCall
from sitestats import deeds, durations, erasing, facts, flusher, reconciling, recording, rollups, salts
from sitestats.asking import Asked
from sitestats.bot_addresses import _ranges
from sitestats.models import Crawl, DaySlice, Deed, Identity, Origin
from sitestats.recording import Crawled, Did
from sitestats.storing import Batch, Store
from sitestats.tests.test_page_views import FIREFOX, GPTBOT, NOON, keep, view
from studio.models import Cut
from studio.tests.make import make_choices
from tunables import values

DAY = dt.date(2026, 3, 10)
NEVER = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
STEPS = ("entries", "makers", "renders", "sign_ups", "top_ups")


def steps(**which) -> tuple:
    return DaySlice.objects.values_list(*STEPS).get(**({"by": "all", "kind": "human"} | which))


@pytest.fixture
def recorder(db, monkeypatch):
    buffer = recording.Buffer(salts.turns())
    monkeypatch.setattr(recording, "buffer", buffer)
    return flusher.Flusher(buffer)


def test_a_walk_through_the_site_is_a_walk_through_the_funnel(recorder, client, media):  # noqa: F811
    values.change("require_email_verification", "off", by=None)
    headers, choices = {"User-Agent": FIREFOX}, make_choices()
    client.get("/make/?utm_source=chatgpt.com", headers=headers)
    for _ in range(2):
        assert client.post("/make/cut/", choices, headers=headers).status_code == 302
    sign_up(client, headers=headers)
    assert recorder.flush()
    rollups.catch_up()
    assert steps() == (1, 1, 0, 0, 0)
    now = timezone.now()
    Cut.objects.update(state=Cut.State.DONE, finished_at=now, purged_at=now)  # nobody drew it here
    assert len(rollups.catch_up()) == 1 and steps() == (1, 1, 1, 1, 0)
    member = User.objects.get()
    for number in range(2):
        posting.top_up(member, cash=Decimal(5), external_id=f"pi_{number}")
    assert len(rollups.catch_up()) == 1 and rollups.catch_up() == []
    assert steps() == (1, 1, 1, 1, 1)
    assert steps(by="origin", origin=Origin.objects.get(source="ChatGPT").pk) == steps(by="device", device="desktop")
    human = DaySlice.objects.get(by="all", kind="human")
    assert (human.visitors, human.proven) == (1, 1)
    stranger = make_user("stranger@example.org")
    posting.top_up(stranger, cash=Decimal(7), external_id="pi_7")
    posting.top_up(make_user("early@example.org", date_joined=NEVER), cash=Decimal(9), external_id="pi_9")
    rollups.catch_up()
    start = NEVER + dt.timedelta(1)
    period = SimpleNamespace(start=start, end=timezone.now(), first=start.date(), last=timezone.now().date())
    facts.catch_up()
    told = reconciling.top_ups(period)
    assert (told.members, told.paid, told.ordered, told.sessions, told.otherwise, told.unseen) == (2, 17, 1, 1, 0, 1)
    assert {deed.session for deed in Deed.objects.all()} and Deed.objects.values("session").distinct().count() == 1
    about = {"provider": "p", "expected": Decimal("0.05"), "cut_id": Cut.objects.get().pk, "answered_at": period.start}
    for state in ("answered", "failed"):
        ProviderCall.objects.create(service_id="poem", key=state, state=state, **about)
    facts.add_up_all()
    margins = {source: found.margin for (_, source), found in facts.by_source(Asked(period)).items()}
    assert margins == {"ChatGPT": Decimal("-0.05"), "": 0}
    erasing.forget_views(member)
    assert not Deed.objects.filter(subject=member.pk).exclude(what="render").exists()


def test_nothing_is_noted_of_whom_it_must_not(recorder, client, client_of, owner, media):  # noqa: F811
    client.post("/make/cut/", make_choices(), headers={"User-Agent": FIREFOX, "Sec-GPC": "1"})
    posting.grant(owner, Decimal(5), note="To try", external_id="try")
    client_of(owner).post("/make/cut/", make_choices(), headers={"User-Agent": FIREFOX})
    client.post("/make/cut/", {}, headers={"User-Agent": FIREFOX})
    assert recorder.flush() and Cut.objects.count() == 2 and not Deed.objects.exists()


@pytest.mark.parametrize(
    ("told", "reached"),
    [
        ([("make", 1), ("render", 2), ("sign_up", 3), ("top_up", 4)], (1, 1, 1, 1, 1)),
        ([("render", 1), ("make", 2), ("sign_up", 3), ("top_up", 4)], (1, 1, 0, 0, 0)),
        ([("make", 1), ("sign_up", 2), ("render", 3), ("top_up", 4)], (1, 1, 1, 0, 0)),
        ([("render", 1), ("sign_up", 2)], (1, 0, 0, 0, 0)),
        ([("make", 43_000), ("render", 43_300), ("sign_up", 43_400)], (1, 1, 1, 1, 0)),  # over midnight
    ],
)
def test_steps_count_in_their_order_where_the_session_began(db, monkeypatch, told, reached):
    monkeypatch.setattr(deeds, "FACTS", {"render": lambda ids: [(number, timezone.now()) for number in ids]})
    start = NOON + max(0, told[0][1] - 1000)
    views = [view(start, route="wall/")]
    did = []
    for what, after in told:
        if what == "make":
            views.append(view(NOON + after))
        elif what != "top_up":
            did.append(Did(NOON + after, 1, 0, "", what, 7))
    Store().write(Batch(views, recording.Counter(), len(views), did))
    Deed.objects.filter(what="render").update(done_at=timezone.now())
    if signed_up := Deed.objects.filter(what="sign_up").first():
        at = dt.datetime.fromtimestamp(NOON + 4, dt.UTC)
        more = {"session": signed_up.session, "day": signed_up.day, "at": at, "done_at": at}
        if told[-1][0] == "top_up":
            Deed.objects.create(what="top_up", subject=7, **more)
    rollups.rebuild(DAY)
    assert steps() == reached


def test_bots_are_verified_claimed_or_neither_and_what_they_read_is_known(recorder, client, monkeypatch):
    monkeypatch.setattr("sitestats.bot_addresses._loaded", {"GPTBot": _ranges(["20.15.240.64/28"])})
    for address in ("20.15.240.70", "203.0.113.9"):
        for path in ("/wall/", "/robots.txt", "/admin/", "/one", "/two"):
            client.get(path, headers={"User-Agent": GPTBOT}, REMOTE_ADDR=address)
    client.get("/wall/", headers={"User-Agent": FIREFOX})
    assert recorder.flush()
    rollups.catch_up()
    agents = DaySlice.objects.filter(by="agent", kind="ai").order_by("identity")
    told = agents.values_list("identity", "views", "not_found", "visitors")
    assert list(told) == [(Identity.CLAIMED, 1, 2, 1), (Identity.VERIFIED, 1, 2, 1)]
    pages = DaySlice.objects.filter(by="path+agent", kind="ai", identity=Identity.VERIFIED).order_by("path")
    assert [(page.path > 0, page.views, page.not_found) for page in pages] == [(False, 0, 2), (True, 1, 0)]
    assert Crawl.objects.values_list("robots_txt", "closed").get() == (1, 1)  # of the verified one
    Store().write(Batch([], recording.Counter(), 0, [Crawled(NOON, GPTBOT, "closed")]))  # it waited since that day
    assert Crawl.objects.filter(day=DAY).values_list("robots_txt", "closed").get() == (0, 1)


def test_where_a_session_began_may_be_the_way_in_itself(db):
    shared = {"route": "c/<str:slug>/", "path": "/c/abc/"}
    Invite.objects.create(code="SPRING")
    keep(
        view(NOON, 1, **shared, referrer="https://www.instagram.com/"),
        view(NOON, 2, **shared | {"path": "/c/gone/"}, status=404),
        view(NOON, 3, route="join/<str:code>/", path="/join/spring/"),
        view(NOON, 4, query="fbclid=1"),
        view(NOON, 5, referrer="http://[", query="ref=somewhere.example"),
    )
    told = set(Origin.objects.values_list("channel", "source", "share_target", "invite"))
    assert told == {
        ("share", "Instagram", "abc", ""),
        ("direct", "", "", ""),
        ("invite", "SPRING", "", "SPRING"),
        ("social", "Facebook", "", ""),
        ("campaign", "somewhere.example", "", ""),
    }


def test_a_percentile_is_near_and_may_be_added_over_days(db):
    times = [1000 + 137 * n for n in range(1000)]
    keep(*(view(NOON + n, n + 1, microseconds=time) for n, time in enumerate(times)))
    keep(view(NOON + 86_400, 1, microseconds=40_000_000), view(NOON, 1, status=500, microseconds=1))
    for day in (DAY, DAY + dt.timedelta(days=1)):
        rollups.rebuild(day)
    for by in ("all", "path", "device", "path+device"):
        found = [(1, each) for each in DaySlice.objects.filter(by=by).values_list("durations", flat=True)]
        assert len(found) == 2
        for part in (0.5, 0.95, 0.99):
            exact = sorted(times)[int(1000 * part)]
            assert abs(durations.percentile(found, part) / exact - 1) < 0.092
        assert durations.percentile(found, 1) == durations.EDGES[-1]
    assert durations.percentile([(1, {}), (2, {})]) is None
    assert durations.percentile([(1, {"8": 18}), (2, {"40": 1})]) == durations.percentile([(1, {"40": 1})])
    assert DaySlice.objects.get(by="all", day=DAY).server_errors == 1
