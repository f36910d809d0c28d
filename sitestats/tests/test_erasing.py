"""Of two people at one computer only one is erased; and nobody is named by where they came from."""

from collections import Counter
from importlib import import_module

from django.db import connection
from django.utils import timezone

from sitestats import erasing, rollups
from sitestats.asking import asked_of
from sitestats.dictionaries import ORIGIN, origin
from sitestats.models import Acquisition, Crawl, Deed, Origin, PageView
from sitestats.recording import Did
from sitestats.storing import Batch, Store
from sitestats.tests.make import make_traffic
from sitestats.tests.test_page_views import keep, view
from studio.tests.make import make_cut

MIGRATION = import_module("sitestats.migrations.0014_nobody_named")
LANDINGS = import_module("sitestats.migrations.0017_landing_shapes")


def test_what_another_did_in_the_same_session_stays(db, member, outsider):
    now, theirs = timezone.now().timestamp(), make_cut(owner=outsider).pk
    cuts = [make_cut(owner=member).pk, make_cut().pk]  # one that a visitor made beside them
    did = [("render", theirs), ("sign_up", outsider.pk), ("top_up", outsider.pk)]
    gone = [*(("render", cut) for cut in cuts), ("sign_up", member.pk), ("top_up", member.pk)]
    deeds = [Did(now, 1, 0, "", what, subject) for what, subject in (*did, *gone)]
    Store().write(Batch([view(now, 1, user=member.pk), view(now, 1, user=outsider.pk)], Counter(), 2, deeds))
    assert erasing.forget_views(member, cuts=cuts[:1]) == 1
    assert sorted(Deed.objects.values_list("what", "subject")) == sorted(did)
    assert PageView.objects.get().user_id == outsider.pk


def test_no_id_and_no_address_of_another_site_is_kept(rf, db):
    referrer = "https://mail.example.org/u/98765/jane@example.org/jane%40example.org/in|box/"
    told = dict(zip(ORIGIN, origin(referrer, ""), strict=True))
    assert told["referrer"] == "mail.example.org/u/…/…/…/in%7Cbox"
    query = "utm_source=jane@example.org&utm_medium=to+j@x.org+now&utm_campaign=%2540jane+May"
    told = dict(zip(ORIGIN, origin("", query), strict=True))
    assert (told["source"], told["medium"], told["campaign"]) == ("May", "to now", "May")
    assert origin("https://a|b.example/x", "")[0] == "direct", "no host is called so"
    odd = dict(zip(ORIGIN, origin("https://b.example/x|y", ""), strict=True))
    source = "|".join([odd["channel"], odd["source"], odd["referrer"]])
    found = asked_of(rf.get("/", {"source": source}))
    assert found.origin == {"channel": odd["channel"], "source": odd["source"], "detail": odd["referrer"]}


def test_what_was_kept_before_names_nobody_either(db):
    make_traffic()
    keep(view(timezone.now().timestamp(), 9, agent="Thing/1.0", route="join/<code>/", path="/join/x/", status=404))
    named = {"referrer": "a|b.example/1234/jane@x.org/ok", "source": "a|b.example", "campaign": "May j@x.org"}
    kept = [Origin.objects.create(key=key, channel="referral", **some) for key, some in (("a", named), ("b", {}))]
    before = list(Origin.objects.exclude(key="a").order_by("pk").values())
    rollups.catch_up()
    for sql in (MIGRATION.NAMELESS, MIGRATION.CLOSED):
        with connection.cursor() as cursor:
            cursor.execute(sql)
    kept[0].refresh_from_db()
    assert (kept[0].referrer, kept[0].source, kept[0].campaign) == ("a_b.example/…/…/ok", "a_b.example", "May")
    assert list(Origin.objects.exclude(key="a").order_by("pk").values()) == before
    assert Crawl.objects.get().closed == 1


def test_the_first_page_of_a_member_is_kept_without_keys(member):
    paths = {
        "/account/password/reset/key/1-a-secret/": "/account/password/reset/key/…/",
        "/join/K7PMX2QRWVTH/": "/join/…/",
        "/c/harbour/": "/c/…/",
        "/o/12/jane@example.org": "/o/…/…",
        "/make/": "/make/",
    }
    moment = dict.fromkeys(("first_seen_at", "signed_up_at"), member.date_joined)
    kept = Acquisition.objects.create(user=member, landing_path="/", channel="direct", **moment)
    for path, shape in paths.items():
        Acquisition.objects.update(landing_path=path)
        with connection.cursor() as cursor:
            cursor.execute(LANDINGS.SHAPES)
        kept.refresh_from_db()
        assert kept.landing_path == shape
