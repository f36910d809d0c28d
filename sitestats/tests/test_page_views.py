"""From a request to the rollups: what counts and that it adds up; nothing counts twice or gets lost unsaid."""

import datetime as dt
from collections import Counter

import pytest
from django.db import OperationalError, connection
from django.db.models import F, Sum
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from accounts import own_rows
from alerts.models import Alert
from invites.models import Invite
from sitestats import agents, dictionaries, erasing, flusher, folding, recording, rollups, salts
from sitestats.models import (
    Crawl,
    Day,
    DaySlice,
    Deed,
    HourSlice,
    Origin,
    PageView,
    Path,
    Tally,
    UserAgent,
)
from sitestats.recording import Crawled, Did, Seen
from sitestats.storing import Batch, Store
from tests.waiting import wait_until
from tunables import values
from ui import clock

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
GPTBOT = "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)"
FRAME = {"Sec-Fetch-Dest": "iframe"}
LIKE_FIREFOX = "(human · Firefox ·  ·  · desktop · Firefox · Linux)"
NOON = dt.datetime(2026, 3, 10, 12, tzinfo=dt.UTC).timestamp()


def view(at=NOON, visitor=1, *, before=0, user=None, route="make/", path="/make/", agent=FIREFOX, status=200, **more):
    told = {"referrer": "", "query": "", "microseconds": 900, "size": 2000, "identity": 0} | more
    return Seen(at, visitor, before, user, route, path, agent, status=status, **told)


def keep(*views, others=(), store=None):
    told = dict.fromkeys(others, 1)
    (store or Store()).write(Batch(list(views), recording.Counter(told), len(views) + len(told)))


def tallies_of(at=None):
    day = timezone.now().date() if at is None else dt.datetime.fromtimestamp(at, dt.UTC).date()
    return dict(Tally.objects.filter(day=day).values_list("what", "number"))


def tallies():
    return dict(Tally.objects.values_list("what", "number"))


@pytest.fixture
def recorder(db, monkeypatch):
    """Requests are noted; `flush()` stores them as the thread would."""
    buffer = recording.Buffer(salts.turns())
    monkeypatch.setattr(recording, "buffer", buffer)
    return flusher.Flusher(buffer)


def test_a_request_is_a_view_or_says_why_not(recorder, client, client_of, member, owner):
    human = {"User-Agent": FIREFOX}
    for headers in (
        {},
        {"DNT": "1"},
        {"Sec-GPC": "1"},
        {"Sec-Purpose": "prefetch"},
        {"X-Moz": "prefetch"},
        {"HX-Request": "true"},
        FRAME,
    ):
        client.get("/", headers=human | headers)
    for path in ("/robots.txt", "/admin/"):  # nor is a bot told of that asks not to be
        client.get(path, headers={"User-Agent": GPTBOT, "DNT": "1"})
    client.head("/", headers=human)
    client.get("/healthz")
    client.get("/sitemap.xml", headers=human)
    client.get("/nobody/1234567/x@example.org", headers=human)
    client.get("/account/password/reset/key/1-a-secret/", headers=human)
    client_of(member).get("/make/?utm_source=letter&utm_campaign=May", headers=human)
    client_of(owner).get("/", headers=human)
    client_of(owner).get("/admin/", headers=human)
    assert recorder.flush()
    told = tallies()
    assert told == {
        "served": 17,
        "counted": told["counted"],
        "excluded: asked not to be": 2,
        "excluded: prefetch": 2,
        "excluded: embedded": 1,
        "excluded: partial": 1,
        "excluded: no GET": 1,
        "excluded: asset or check": 1,
        "excluded: no page": 2,
        "excluded: staff": 1,
        "excluded: back office": 2,
        **({"excluded: redirect": told["excluded: redirect"]} if "excluded: redirect" in told else {}),
    }
    paths = set(Path.objects.values_list("text", flat=True))
    assert {"/", "/make/", "/nobody/…/…"} <= paths
    assert not any("secret" in path or "example.org" in path for path in paths)
    assert PageView.objects.filter(user=member).get().path.text == "/make/"
    assert PageView.objects.values("session").distinct().count() == 1
    assert PageView.objects.filter(status=404, path__text="/nobody/…/…").count() == 1
    assert not UserAgent.objects.exclude(text=FIREFOX).exists() and not Crawl.objects.exists()
    assert rollups.missing(timezone.now().date()) == (0, 0)


def test_who_asked_while_the_database_was_away_is_found_out_later(recorder, rf, member, owner):
    """The page is an error then, and a view all the same; the request asks nobody whose it was."""
    failed = recording.RecordViews(lambda request: HttpResponse(status=500))
    for person in (member, owner, None):
        browser = Client()
        if person:
            browser.force_login(person)
        rf.cookies = browser.cookies
        request = rf.get("/make/", headers={"User-Agent": FIREFOX})
        request.user, request.resolver_match = SimpleLazyObject(lambda: 1 / 0), None
        failed(request)
    assert not any("dropped" in one for one in recorder.buffer.waiting if type(one) is str)
    assert recorder.flush()
    assert list(PageView.objects.order_by("at").values_list("user", "status")) == [(member.pk, 500), (None, 500)]
    assert tallies() == {"served": 3, "counted": 2, "excluded: staff": 1}


def test_who_follows_an_invite_came_by_an_invite(recorder, client, owner):
    """The link leads on to the sign-up, and the browser still says where the link stood."""
    elsewhere = {"User-Agent": FIREFOX, "Referer": "https://www.reddit.com/"}
    Invite.objects.create(code="SPRING26", created_by=owner)
    client.get("/join/spring-26/", headers=elsewhere, follow=True)
    client.get("/join/made-up/?ref=ZZZZZZZZZZZZ", headers=elsewhere | {"User-Agent": "Mozilla"}, follow=True)
    client.get("/account/signup/", headers=elsewhere | {"User-Agent": GPTBOT})  # no invite led it there
    assert recorder.flush()
    told = {view.agent.text: (view.origin.channel, view.origin.source) for view in PageView.objects.all()}
    assert told == {FIREFOX: ("invite", "SPRING26"), GPTBOT: ("social", "Reddit"), "Mozilla": ("social", "Reddit")}


def test_a_request_is_answered_whatever_becomes_of_its_note(recorder, client, monkeypatch):
    recorder.buffer.most = 1
    for path in ("/healthz", "/healthz", "/robots.txt"):  # the last tells of a crawl as well, which is no answer
        assert client.get(path).status_code == 200
    monkeypatch.setattr(recording, "why_not", lambda request, response: 1 / 0)
    recorder.buffer.most = 9
    assert client.get("/healthz").status_code == 200
    recorder.flush()
    assert tallies() == {
        "served": 4,
        "excluded: asset or check": 1,
        "dropped: buffer full": 2,
        "dropped: not understood": 1,
    }


def test_an_address_that_the_caller_writes_in_front_changes_nobody(settings):
    seen = {"REMOTE_ADDR": "10.0.0.1", "HTTP_X_FORWARDED_FOR": "6.6.6.6, 203.0.113.9"}
    assert recording.client_address(seen) == "10.0.0.1"
    settings.TRUSTED_PROXIES = 1
    assert recording.client_address(seen) == "203.0.113.9"
    assert recording.client_address(seen | {"HTTP_X_FORWARDED_FOR": "203.0.113.9"}) == "203.0.113.9"
    settings.TRUSTED_PROXIES = 3
    assert recording.client_address(seen) == "10.0.0.1"


def test_a_lost_answer_counts_once_and_an_absent_database_loses_nothing(recorder, monkeypatch):
    write, answers = Store.write, [None, OperationalError("the answer got lost"), OperationalError("gone")]

    def shaky(self, batch):
        stored = answers[-1] is None or "answer" in str(answers[-1])
        if stored:
            done.append(write(self, batch))
        if answers[-1]:
            raise answers.pop()

    done = []
    monkeypatch.setattr(Store, "write", shaky)
    monkeypatch.setattr(flusher.Flusher, "_let_go", lambda self, error: None)  # the transaction is the test's
    recorder.buffer.note(view())
    next(recorder.buffer.answers)
    assert [recorder.flush() for _ in answers[:]] == [False, False, True]
    assert done == [True, False]
    assert PageView.objects.count() == 1
    assert tallies() == {"served": 1, "counted": 1}


def test_only_what_is_bad_is_dropped_and_nothing_ends_the_thread(recorder, monkeypatch):
    monkeypatch.setattr(flusher.Flusher, "_let_go", lambda self, error: None)  # the transaction is the test's
    bad = [view(NOON, 3, status=99_999), view(float(10**15), 4)]  # no smallint; no day
    for one in (view(NOON, 1), bad[0], *(view(NOON + n, n) for n in range(5, 25)), bad[1], "excluded: staff"):
        next(recorder.buffer.answers)
        recorder.buffer.note(one)
    recorder.buffer.note_beside(Did(NOON, 1, 0, "", "render", 7))
    monkeypatch.setattr(flusher, "PATIENCE", 0)
    assert recorder._flush_anyhow() and (PageView.objects.count(), Deed.objects.count()) == (21, 1)
    assert tallies_of(NOON) == {"served": 21, "counted": 21}
    assert tallies_of() == {"served": 3, "dropped: refused": 2, "excluded: staff": 1}
    assert not Alert.objects.get(fingerprint=flusher.ALERT).is_open  # it goes on
    rollups.catch_up()
    assert "2 dropped: refused" in Alert.objects.get(fingerprint=rollups.DROPPED, count=1).detail
    monkeypatch.setattr(salts, "turns", lambda: 1 / 0)
    recorder.renewed = -flusher.RENEW
    assert not recorder._flush_anyhow() and Alert.objects.get(fingerprint=flusher.ALERT).is_open


def test_a_session_ends_after_half_an_hour_and_survives_the_turn_of_the_salt(db):
    midnight = dt.datetime(2026, 3, 11, tzinfo=dt.UTC).timestamp()
    store = Store()
    keep(view(midnight - 60, 1, referrer="https://www.google.com/"), store=store)
    keep(view(midnight + 60, 2, before=1, referrer="https://chatgpt.com/"), view(midnight + 90, 2), store=store)
    keep(view(midnight + 90 + 1800, 2), view(midnight + 90 + 3601, 2), store=store)
    sessions = list(PageView.objects.order_by("at").values_list("session", "origin__source", "day"))
    assert len({session for session, _, _ in sessions}) == 2
    assert [source for _, source, _ in sessions] == ["Google"] * 4 + [""]
    for day in ("2026-03-10", "2026-03-11"):
        rollups.rebuild(dt.date.fromisoformat(day))
    figures = DaySlice.objects.filter(by="all").order_by("day").values_list("sessions", "entries", "exits", "bounces")
    assert list(figures) == [(1, 1, 0, 0), (2, 1, 2, 1)]


@pytest.mark.parametrize("together", [True, False])
def test_no_session_survives_two_turns_of_the_salt(db, together):
    """In a batch, or known by what was kept of it."""
    first = dt.datetime(2026, 3, 11, tzinfo=dt.UTC).timestamp()
    views = [view(first - 60 + 1500 * step, (2 + (1500 * step - 60) // 86_400)) for step in range(120)]
    views = [each._replace(before=each.visitor - 1 if (each.at - first) % 86_400 < 1800 else 0) for each in views]
    for batch in [views] if together else [views[:50], *([each] for each in views[50:70]), views[70:]]:
        keep(*batch)
    seen = {*PageView.objects.values_list("session", "day")}
    assert sorted(Counter(session for session, _ in seen).values()) == [2, 2]


@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)])
def test_days_are_the_business_zones(db, owner, day, hours):
    values.change("business_time_zone", "Europe/Berlin", by=owner)
    date = dt.date.fromisoformat(day)
    start = dt.datetime.combine(date, dt.time(), tzinfo=values.business_zone()).timestamp()
    keep(*(view(start + 3600 * hour, hour + 1000) for hour in range(-1, hours + 1)))
    rollups.rebuild(date)
    assert DaySlice.objects.get(day=date, by="all").views == hours
    assert HourSlice.objects.filter(day=date).count() == hours


def test_a_session_goes_on_when_the_business_moves_to_another_zone(db, owner):
    evening = dt.datetime(2026, 3, 10, 23, 30, tzinfo=dt.UTC).timestamp()
    store = Store()
    keep(view(evening), store=store)
    values.change("business_time_zone", "Europe/Berlin", by=owner)
    keep(view(evening + 1200), store=store)
    assert salts.turns()[0].since == clock.midnight(salts.turns()[0].day).timestamp()
    days = [dt.date(2026, 3, 10), dt.date(2026, 3, 11)]
    assert list(PageView.objects.order_by("at").values_list("day", flat=True)) == days
    for day in days:
        rollups.rebuild(day)
    figures = DaySlice.objects.filter(by="all").order_by("day").values_list("views", "entries", "exits", "bounces")
    assert list(figures) == [(1, 1, 0, 0), (1, 0, 1, 0)]


def test_rollups_are_the_same_however_often_they_are_made(db):
    keep(
        view(NOON, 1, referrer="https://www.google.com/"),
        view(NOON + 5, 1, route="wall/"),
        view(NOON + 9, 2, agent=GPTBOT, route=None, path="/wp-login.php", status=404),
        view(NOON + 9, 3, status=500),
    )
    day = dt.date(2026, 3, 10)

    def rows():
        each = [*DaySlice.objects.all(), *HourSlice.objects.all()]
        return sorted(tuple((k, v) for k, v in vars(one).items() if k not in ("_state", "id")) for one in each)

    rollups.rebuild(day)
    before = rows()
    rollups.rebuild(day)
    assert rows() == before
    human = DaySlice.objects.get(by="all", kind="human")
    assert (human.views, human.visitors, human.sessions, human.entries, human.bounces, human.errors) == (
        2,
        1,
        1,
        1,
        0,
        1,
    )
    bot = DaySlice.objects.get(by="all", kind="ai")
    assert (bot.views, bot.not_found, bot.size) == (0, 1, 2000)
    for figure in ("views", "entries", "exits", "errors", "not_found", "size"):
        sums = dict(DaySlice.objects.values_list("by").annotate(Sum(figure)))
        bots = DaySlice.objects.filter(by="all").exclude(kind="human").aggregate(sum=Sum(figure))["sum"]
        assert {sums.pop("origin+agent"), sums.pop("path+origin+agent")} == {bots}, figure
        assert len(sums) == 10 and len(set(sums.values())) == 1, figure
    google = Origin.objects.get(source="Google").pk
    by_source = DaySlice.objects.filter(by="path+origin", origin=google)
    assert {Path.objects.get(pk=row.path).text: (row.entries, row.exits) for row in by_source} == {
        "/make/": (1, 0),
        "/wall/": (0, 1),
    }


def test_a_better_rule_changes_history(db, monkeypatch):
    day = timezone.now().date()
    keep(view(timezone.now().timestamp()))
    assert rollups.catch_up() == [day] and rollups.catch_up() == []
    monkeypatch.setattr(agents, "RULES_VERSION", agents.RULES_VERSION + 1)
    monkeypatch.setattr(agents, "classify", lambda text: agents.Agent(agents.Kind.BOT, "Firefox"))
    assert rollups.catch_up() == [day]
    assert DaySlice.objects.get(by="all").kind == UserAgent.objects.get().kind == "bot"


def test_one_persons_views_are_theirs_to_have_and_to_lose(db, member, outsider):
    now = timezone.now().timestamp()
    keep(view(now, 1, user=member.pk), view(now, 1), view(now, 2, user=outsider.pk))
    rollups.catch_up()
    (rows,) = [rows for name, rows in own_rows.tables(member) if name == "sitestats.PageView"]
    (row,) = [own_rows.row(one) for one in rows]
    assert row["path"] == "/make/" and row["agent"] == FIREFOX and not {"visitor", "session"} & set(row)
    earlier = view(NOON - 43_000, 5, route="wall/")  # made something and signed up on another day, seen as nobody
    steps = [("render", 41, NOON - 42_900), ("render", 42, NOON - 42_800), ("sign_up", member.pk, NOON - 42_700)]
    deeds = [Did(at, 5, 0, "", what, subject) for what, subject, at in steps]
    Store().write(Batch([earlier, view(NOON - 44_000, 5)], recording.Counter(), 2, deeds))
    rollups.catch_up()
    assert erasing.forget_views(member, cuts=[41]) == 1
    assert PageView.objects.filter(user=member).count() == 0 and PageView.objects.count() == 4
    assert Deed.objects.get().subject == 42
    assert len(rollups.catch_up()) == 3
    today = DaySlice.objects.filter(day=timezone.now().date())
    assert today.get(by="all").views == 2
    assert not Alert.objects.filter(fingerprint=rollups.ALERT).exists()


def test_a_view_that_is_missing_is_an_alert(db):
    keep(view(timezone.now().timestamp()), view(timezone.now().timestamp(), 2), others=["excluded: staff"])
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM sitestats_pageview WHERE visitor = 2")
    rollups.catch_up()
    assert "0 unaccounted, 1 not there" in Alert.objects.get(fingerprint=rollups.ALERT).detail
    Tally.objects.filter(what="counted").update(number=1)
    Tally.objects.filter(what="served").update(number=2)
    rollups.catch_up()
    assert not Alert.objects.get(fingerprint=rollups.ALERT).is_open


def test_only_an_answer_that_lacks_its_note_for_long_is_an_alert(recorder, owner):
    """An answer is counted a moment before it is noted; a look between the two sees no loss."""
    for loss in (False, True):
        next(recorder.buffer.answers)
        for look in range(recording.LOOKS + 1):
            assert recorder.flush()
            assert tallies().get("served", 0) == (loss and look >= recording.LOOKS - 1) + (not loss and look > 2) + loss
            if not loss and look == 2:
                recorder.buffer.note(view(timezone.now().timestamp()))
        rollups.catch_up()
        assert Alert.objects.filter(fingerprint=rollups.ALERT).exists() == loss
    alert = Alert.objects.get(fingerprint=rollups.ALERT)
    assert "1 unaccounted, 0 not there" in alert.detail
    alert.acknowledge(by=owner)
    rollups.catch_up()
    alert.refresh_from_db()
    assert alert.count == 1 and not alert.is_open  # who has seen it is not told again
    busy = recording.Buffer([], most=1)  # others come and are noted, or dropped, before every look
    for look in range(recording.LOOKS):
        for number in range(3 + (not look)):
            next(busy.answers)
            if number < 3:
                busy.note("excluded: staff")
        *_, others = busy.take(1)
        assert busy.served(others.total()) == 3 + (look == recording.LOOKS - 1)


def test_a_bad_day_holds_up_no_other(db, monkeypatch):
    keep(view(NOON), view(NOON + 86_400))
    rebuild, good = rollups.rebuild, [dt.date(2026, 3, 11)]
    monkeypatch.setattr(rollups, "AGAIN", 0)
    monkeypatch.setattr(rollups, "rebuild", lambda day: rebuild(day) if day in good else 1 / 0)
    assert rollups.catch_up() == good
    assert Alert.objects.get(fingerprint=rollups.FAILED, acknowledged_at=None).detail == "2026-03-10"
    good.append(dt.date(2026, 3, 10))
    assert rollups.catch_up() == good[1:] and not Alert.objects.get(fingerprint=rollups.FAILED).is_open


def test_a_million_inventions_fill_neither_memory_nor_dictionaries(recorder):
    """By one scanner, faster than they are stored; what comes after them is still told."""
    now = timezone.now().timestamp()
    buffer, words, one = recorder.buffer, recorder.store, view(now, route=None, status=404)
    buffer.most, words.paths.cap, words.agents.cap, words.origins.cap = 3_000, 500, 50, 50
    for number in range(10**6):
        next(buffer.answers)
        buffer.note(one if number >= buffer.most else one._replace(**_invented(number)))
    assert len(buffer.waiting) == buffer.most and recorder.flush()
    buffer.note(view(now, 99, referrer="https://www.google.com/search"))
    buffer.note(view(now, 99, route=None, path="/later", status=404))
    assert recorder.flush()
    assert tallies() == {"served": 10**6 + 2, "counted": 3_002, "dropped: buffer full": 10**6 - 3_000}
    assert Path.objects.filter(is_known=False).count() == words.paths.cap
    assert set(Path.objects.filter(is_known=True).values_list("text", flat=True)) == {"(others)", "/make/"}
    stand = UserAgent.objects.filter(text__startswith="(").values_list("text", flat=True)
    assert LIKE_FIREFOX in stand and len(stand) == 3 and UserAgent.objects.count() == 53
    assert Origin.objects.count() == 53, "of those that stand for many there are what we know of them"
    honest = PageView.objects.get(path__text="/make/")
    assert (honest.agent.kind, honest.agent.browser, honest.agent.device) == ("human", "Firefox", "desktop")
    assert (honest.origin.channel, honest.origin.source, honest.origin.referrer) == ("search", "Google", "")
    assert PageView.objects.filter(path__text="(others)").count() == 3_001 - words.paths.cap
    words.paths.learn({(f"/{number:x}.php", False) for number in range(5_000)})
    assert len(words.paths.known) <= 3 * words.paths.cap


def _invented(number: int) -> dict:
    word = "".join(chr(97 + int(digit)) for digit in str(number))
    told = {"path": f"/{word}", "agent": f"Mozilla {word}", "referrer": f"https://{word}.example/"}
    return told | {"visitor": number + 1_000}


def test_days_come_and_go_as_partitions(db, app_role):
    """By the application's role, which may not make a table."""
    today = timezone.now().date()
    late = timezone.now() - dt.timedelta(days=40)
    keep(view(late.timestamp()), view())
    rollups.rebuild(late.date())
    rollups.tend()
    assert [one.day for one in PageView.objects.all()] == [late.date()]
    assert rollups.catch_up() == []  # what is no longer there is not added up anew
    assert DaySlice.objects.filter(day=late.date(), by="all").get().views == 1
    assert Day.objects.get(day=late.date()).built_at
    with connection.cursor() as cursor:
        cursor.execute("SELECT sitestats_make_partition(%s)", [today + dt.timedelta(days=rollups.AHEAD)])
        assert cursor.fetchone() == (False,)
    values.change("page_view_days", "30", by=None)
    rollups.tend()
    assert not PageView.objects.exists() and DaySlice.objects.filter(day=late.date(), by="all").exists()
    values.change("page_view_days", "90", by=None)  # which brings no view back
    keep(view(late.timestamp(), 2))
    Day.objects.update(revision=F("revision") + 1)
    assert late.date() not in rollups.catch_up()
    rollups.rebuild(late.date())
    assert DaySlice.objects.get(day=late.date(), by="all").views == 1


def test_what_a_day_leaves_behind_needs_few_words(db, monkeypatch):
    """Its figures stay; words of nobody make room, and whoever still knows their numbers learns anew."""
    monkeypatch.setattr(folding, "BUSIEST", 3)
    store, old = Store(), dt.date(2026, 3, 10)
    pages = [view(NOON + n, n, referrer=f"https://blog.example/{n}/", microseconds=1000 * n) for n in range(1, 4)]
    bots = [view(NOON, 50 + n, agent=f"Thing{n}/1.0", referrer=f"https://s{n}.example/") for n in range(6)]
    lost = [view(NOON, 70 + n, route=None, path=f"/gone-{n}", agent=f"GPTBot/1.{n}", status=404) for n in range(5)]
    beside = [Crawled(NOON, f"GPTBot/1.{n}", "closed") for n in range(2)]
    store.write(Batch([*pages, *bots, *lost], recording.Counter(), 14, beside))
    keep(view(timezone.now().timestamp(), 90, route=None, path="/now", status=404), store=store)
    rollups.catch_up()
    which = {"day": old, "by__in": ("all", "path", "agent", "origin", "device", "path+origin+device", "origin+agent")}
    assert DaySlice.objects.get(day=old, by="path+agent", kind="ai").errors == 5  # judged alike

    def sums():
        numbers = {name: Sum(name) for name in folding.NUMBERS}
        by = DaySlice.objects.filter(**which).values("by", "kind").annotate(**numbers).order_by("by", "kind")
        spread = DaySlice.objects.filter(**which).exclude(durations=None).values_list("by", "kind", "durations")
        return list(by), Counter(
            (*each, bucket) for *each, buckets in spread for bucket, n in buckets.items() for _ in range(n)
        )

    before = sums()
    rollups.tend()
    assert folding.forget_unused() == 0, "their words make room at once"
    assert sums() == before and not Day.objects.get(day=old).is_kept
    assert not PageView.objects.filter(day=old).exists()
    assert set(Path.objects.values_list("text", flat=True)) == {"/make/", "(others)", "/now"}
    agents_left = set(UserAgent.objects.exclude(text__startswith="(").values_list("text", flat=True))
    assert agents_left == {FIREFOX}  # that of today
    assert DaySlice.objects.get(by="agent", kind="ai").errors == 5 and Crawl.objects.get().closed == 2
    named = UserAgent.objects.filter(kind="bot").values_list("name", flat=True)
    assert sorted(named).count("(others)") == 1 and len(named) < 6
    assert {referrer.count("/") for referrer in Origin.objects.values_list("referrer", flat=True)} == {0}
    assert Origin.objects.filter(source="(others)").exists()
    keep(view(timezone.now().timestamp(), 91, agent="GPTBot/1.1", route=None, path="/gone-1", status=404), store=store)
    assert PageView.objects.get(visitor=91).agent.text == "GPTBot/1.1"
    monkeypatch.setattr(dictionaries.Dictionary, "is_full", lambda self: True)
    rollups.tend()
    assert "sitestats_origin" in Alert.objects.get(fingerprint=rollups.FULL).detail


def test_the_thread_stores_by_itself_and_a_clean_stop_stores_the_rest(committed_db, client):
    flusher.start()
    try:
        client.get("/make/", headers={"User-Agent": FIREFOX})
        wait_until(lambda: PageView.objects.count() == 1, 10)
        client.get("/make/", headers={"User-Agent": FIREFOX})
    finally:
        flusher.stop()
    assert recording.buffer is None
    assert list(PageView.objects.values_list("path__text", "status")) == [("/make/", 200)] * 2
    assert PageView.objects.values("session").distinct().count() == 1
    assert tallies() == {"served": 2, "counted": 2}
