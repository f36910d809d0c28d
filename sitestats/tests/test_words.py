"""Words that nobody uses are forgotten, and none that somebody uses; who looks for them holds nobody up for long."""

import datetime as dt
from importlib import import_module

from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from sitestats import cleaning, erasing, folding, queries, rollups, tasks
from sitestats.dictionaries import describe_origin, make
from sitestats.models import Acquisition, Crawl, Origin, PageView, Path, UserAgent
from sitestats.tests.make import asked, make_traffic
from sitestats.tests.test_page_views import GPTBOT, keep, view

BEFORE = import_module("sitestats.migrations.0024_nothing_of_anybody")
HOSTS = import_module("sitestats.migrations.0026_no_host_is_a_number")
WAYS = import_module("sitestats.migrations.0030_ways_by_stricter_rules")
FAILED = import_module("sitestats.migrations.0019_failed_views")


def test_words_of_views_that_are_gone_go_each_night(db, member, monkeypatch):
    monkeypatch.setattr(folding, "AT_ONCE", 1)
    now = timezone.now().timestamp()
    theirs = {"user": member.pk, "agent": "Thing/1.0", "referrer": "https://one.example/"}
    keep(view(now, 1, route=None, path="/one", status=404, **theirs), view(now, 1, **theirs))
    keep(view(now, 2, route=None, path="/two", status=404), view(now, 3, agent=GPTBOT))
    make()[1].learn({"Crawler/2.0", "Crawler/3.0"})  # of a batch that was refused in the end
    Crawl.objects.create(day=timezone.now().date(), agent=UserAgent.objects.get(text="Crawler/2.0").pk)
    rollups.catch_up()
    erasing.forget_views(member)
    tasks.forget_words()
    assert Path.objects.filter(text="/one").exists(), "slices still tell of it"
    rollups.catch_up()
    tasks.forget_words()
    assert set(Path.objects.values_list("text", flat=True)) == {"/make/", "/two"}
    agents = UserAgent.objects.values_list("text", flat=True)
    assert "Thing/1.0" not in agents and "Crawler/3.0" not in agents and {"Crawler/2.0", GPTBOT} < set(agents)
    assert not Origin.objects.filter(referrer="one.example").exists()
    assert PageView.objects.count() == 2 and folding.forget_unused() == 0


def test_a_full_dictionary_uses_up_no_numbers(db):
    agents = make()[1]
    agents.cap = 1
    with CaptureQueriesContext(connection) as asking:
        agents.learn({f"Crawler/{n}.0" for n in range(9)})
        agents.learn({f"Crawler/{n}.1" for n in range(9)})
    assert ["INSERT" in one["sql"] for one in asking].count(True) == 1 and UserAgent.objects.count() == 2


def test_what_stood_for_many_and_was_forgotten_is_made_again_when_it_comes_itself(db):
    origins, google = make()[2], ("search", "Google", *[""] * 6)
    origins.known[describe_origin(google)] = 99  # the number that it had
    origins.learn({google})
    assert origins.known[google] == Origin.objects.get().pk != 99


def test_what_was_kept_before_loses_what_stands_for_somebody(db, member):
    judged = {"kind": "bot", "rules": 1}
    agents = [UserAgent.objects.create(text=text, **judged) for text in ("a IMEI/352099001761481", "a IMEI/0", "(bot)")]
    came = {"channel": "campaign", "source": "Jane@example.org list", "campaign": "4111 1111 1111 1111 sale"}
    kept = {"channel": "invite", "source": "WELCOME-0123456789AB", "invite": "WELCOME-0123456789AB"}
    origins = [Origin.objects.create(key=key, **told) for key, told in enumerate((came, came, kept))]
    now = timezone.now()
    whose = Acquisition.objects.create(user=member, first_seen_at=now, signed_up_at=now, **came)
    BEFORE.clean(apps, None)
    BEFORE.clean(apps, None)  # it was broken off
    for row in (*agents, *origins, whose):
        row.refresh_from_db()
    assert [row.text for row in agents] == [f"a IMEI/0 #{agents[0].pk}", "a IMEI/0", "(bot)"]
    told = ("campaign", "list", "sale")
    assert [(row.channel, row.source, row.campaign) for row in (*origins[:2], whose)] == [told] * 3
    assert origins[0].key == describe_origin((*told[:2], "", "sale", *[""] * 4))[0] and origins[1].key not in "01"
    assert (origins[2].key, origins[2].source) == ("2", kept["source"])


def test_what_became_stricter_holds_for_what_was_kept_before(db, member):
    """By the migration, and each night for what a process of the former version added meanwhile."""
    bad = {"channel": "referral", "source": "203.0.113.9", "referrer": "203.0.113.9/inbox"}
    mail = {"channel": "referral", "source": "jane%40example.org", "referrer": "jane%40example.org"}
    good = {"channel": "referral", "source": "one.example", "referrer": "one.example/inbox"}
    origins = [Origin.objects.create(key=key, **told) for key, told in enumerate((bad, mail, good))]
    paths = [Path.objects.create(text=text, is_known=False) for text in ("/JOIN/ABCDEF/", "//join/ABCDEF/", "/wp/")]
    same = Path.objects.create(text="/JOIN/…/", is_known=False)
    now = timezone.now()
    how = {"first_seen_at": now, "signed_up_at": now, "landing_path": "/Join/ABCDEF/"}
    whose = Acquisition.objects.create(user=member, **how, **bad)
    HOSTS.clean(apps, None)
    for row in (*origins, *paths, same, whose):
        row.refresh_from_db()
    told = [(row.channel, row.source, row.referrer) for row in (*origins, whose)]
    assert told == [("referral", "", "")] * 2 + [(*good.values(),)] + [("referral", "", "")]
    assert origins[0].key == describe_origin(("referral", *[""] * 7))[0] != origins[1].key and origins[2].key == "2"
    assert whose.landing_path == "/Join/…/" and same.text == "/JOIN/…/"
    assert [row.text for row in paths] == [f"/JOIN/…/ #{paths[0].pk}", "//join/…/", "/wp/"]
    assert cleaning.clean_words() == 0
    UserAgent.objects.create(text="a IMEI/352099001761481", kind="bot", rules=1)
    assert cleaning.clean_words() == 1 and UserAgent.objects.get().text == "a IMEI/0"


def test_how_members_came_becomes_stricter_by_a_migration_alone(db, member):
    """The application may not change it: what its own rules would not keep today is taken by the owner."""
    drawn = f"{'0f' * 32}.frames.example"
    came = {"channel": "referral", "source": drawn, "referrer": f"{drawn}/203.0.113.9/a", "campaign": "May j@x.org"}
    origin = Origin.objects.create(key="1", **came)
    moment = dict.fromkeys(("first_seen_at", "signed_up_at"), timezone.now())
    whose = Acquisition.objects.create(user=member, landing_path="/Join/ABCDEF/", **came, **moment)
    for _ in range(2):  # it was broken off
        WAYS.clean(apps, None)
        whose.refresh_from_db()
        assert (whose.source, whose.referrer) == ("frames.example", "frames.example/…/a")
        assert (whose.campaign, whose.landing_path) == ("May", "/Join/…/")
    origin.refresh_from_db()
    assert origin.source == drawn, "which the night cleans"
    assert cleaning.clean_words() == 1


def test_who_is_erased_while_words_are_cleaned_stays_erased(db, member):
    came = {"channel": "campaign", "source": "Spring j@x.org", "campaign": "May j@x.org"}
    moment = dict.fromkeys(("first_seen_at", "signed_up_at"), timezone.now())
    whose = Acquisition.objects.create(user=member, **came, **moment)

    def cleaned(row):
        erasing.forget_way(member)  # when the row is read already
        return cleaning.acquisition(row)

    assert cleaning.clean(Acquisition.objects, cleaned) == 1
    whose.refresh_from_db()
    assert (whose.source, whose.campaign) == ("Spring", "")


def test_visits_are_read_by_an_index_whatever_is_planned(db):
    with CaptureQueriesContext(connection) as asking:
        keep(view(timezone.now().timestamp(), 1))
    asked_for = [one["sql"] for one in asking]
    reads = next(at for at, sql in enumerate(asked_for) if "FROM sitestats_visit" in sql)
    so = next(at for at, sql in enumerate(asked_for) if "enable_seqscan" in sql)
    assert so < reads
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(asked_for[so])
        cursor.execute(f"EXPLAIN {asked_for[reads]}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "sitestats_visit_pkey" in plan and "Seq Scan on sitestats_visit" not in plan, plan


def test_a_word_that_came_into_use_meanwhile_stays(db):
    paths = make()[0]
    paths.learn({("/then", False), ("/now", False), ("/never", False)})
    some, began = list(Path.objects.values_list("pk", flat=True)), timezone.now()
    then, now = began.timestamp() - 86_400, began.timestamp()
    keep(view(then, 1, route=None, path="/then", status=404))
    rollups.catch_up()
    keep(view(now, 2, route=None, path="/now", status=404))
    assert folding._forget("path", folding.WORDS["path"], some, began) == 1
    assert set(Path.objects.values_list("text", flat=True)) == {"/then", "/now"}


def test_who_asked_for_an_address_of_nobody_is_found_by_an_index(committed_db):
    """Days that were there before the index was get it, too, and one that is broken is made anew."""
    make_traffic()
    with connection.cursor() as cursor:
        cursor.execute(f"DROP INDEX {FAILED.NAME}")
        day = f"sitestats_pageview_{timezone.now():%Y%m%d}"
        cursor.execute(f"CREATE INDEX {day}_failed ON {day} (status)")
        with connection.schema_editor(atomic=False) as editor:
            FAILED.make(None, editor)
        FAILED.make(None, editor)
        cursor.execute("SELECT sitestats_make_partition(%s)", [timezone.now().date() + dt.timedelta(days=9)])
        cursor.execute(FAILED.LACKING, [FAILED.NAME])
        assert cursor.fetchall() == []
        cursor.execute(
            "SELECT indisvalid, pg_get_indexdef(indexrelid) FROM pg_index WHERE indexrelid = %s::regclass",
            [f"{day}_failed"],
        )
        is_valid, definition = cursor.fetchone()
        assert is_valid and definition.endswith(FAILED.WHAT.replace("status >= 400", "(status >= 400)"))
    with CaptureQueriesContext(connection) as asking:
        assert queries.devices(asked=asked(path="/wp-login.php", source="direct", traffic="all")) == []
    (read,) = (one["sql"] for one in asking if "status >= 400" in one["sql"])
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")  # by which a day of a few views is read
        cursor.execute(f"EXPLAIN {read}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert f"{day}_failed" in plan, plan
    assert queries.headline(asked=asked(path="/wp-login.php", source="direct", traffic="all")).now.errors
