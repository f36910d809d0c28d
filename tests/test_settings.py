"""Every security setting does what its description says: one test a key, named after it; and in every process."""

import io
import os
import subprocess
import sys
import time
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import httpx
import pytest
from django.conf import settings as project
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client, RequestFactory
from django.utils import timezone
from django.utils.datastructures import MultiValueDict

from accounts.models import User
from accounts.passwords import PolicyValidator
from accounts.tests.make import make_user
from accounts.tests.test_lockouts import lock
from accounts.tests.test_registration import SIGN_UP, sign_up
from accounts.tests.test_sign_in import sign_in
from alerts import disks
from alerts.queries import open_alerts
from backups import making, tasks, watch
from backups.models import Run
from catalog import assets, verses
from catalog.models import Asset
from conftest import PASSWORD
from files import formats, links, place, sweeps, uploads
from files.tests.conftest import media  # noqa: F401 (a fixture)
from files.tests.make import make_stored, png
from jobs.models import Job, State
from musicpool import fallback, musicgen, queries
from poemvision.embedded.postgres import free_port
from studio import easel, forms, upkeep, visitors, wishes
from studio.documents import writing
from studio.models import Cut
from studio.tests.make import make_choices, make_cut, make_picture
from tests.faults.engines import environment
from tests.waiting import wait_until
from tunables import catalog, values
from tunables.models import Override
from ui import format

pytestmark = pytest.mark.django_db
HOUR = 3600


def change(key, raw):
    values.change(key, raw, by=None)


def ago(**span):
    return timezone.now() - timedelta(**span)


@pytest.fixture
def later(monkeypatch):
    """`later(90)`: it is 90 seconds later."""
    now = time.time

    def move(seconds):
        monkeypatch.setattr(time, "time", lambda: now() + seconds)

    return move


def test_every_key_has_its_test(pytestconfig):
    """Here, or beside what it steers."""
    here = Path(__file__)
    others = [
        path for room in pytestconfig.getini("testpaths") for path in (project.BASE_DIR / room).rglob("test_*.py")
    ]
    told = "".join(path.read_text() for path in others if path != here and "tunables" not in path.parts)
    for tunable in catalog.table(catalog.SECURITY):
        is_told = f'"{tunable.key}"' in here.read_text() or f'change("{tunable.key}"' in told
        assert is_told, f"nothing tests {tunable.key}"


# Who comes in


def test_registration_mode(client):
    assert client.get(SIGN_UP).context["form"]
    change("registration_mode", "closed")
    assert "Registration is closed" in client.get(SIGN_UP).content.decode()
    assert sign_up(client).status_code == 200 and not User.objects.exists()


def test_staff_mfa_required(client_of, owner):
    client = client_of(owner)
    assert client.get("/admin/").status_code == 200
    change("staff_mfa_required", "on")
    assert client.get("/admin/")["Location"].startswith("/account/second-step/")


def test_require_email_verification(client, member):
    assert "confirm-email" in sign_up(Client(), email="new@example.org")["Location"]
    change("require_email_verification", "off")
    assert sign_up(client)["Location"] == "/home/"
    change("require_email_verification", "on")
    member.emailaddress_set.update(verified=False)
    assert "confirm-email" in sign_in(Client(), member.email, PASSWORD)["Location"]


def test_signups_per_address_per_day(client):
    change("signups_per_address_per_day", "1")
    assert sign_up(client).status_code == 302
    assert "Too many accounts" in sign_up(Client(), email="eve@example.org").content.decode()
    assert sign_up(Client(), email="eve@example.org", REMOTE_ADDR="10.9.9.9").status_code == 302


def test_password_min_length():
    judge = PolicyValidator().validate
    change("password_min_length", "13")
    judge("kiln wax yurt")
    change("password_min_length", "14")
    with pytest.raises(ValidationError, match="at least 14 characters"):
        judge("kiln wax yurt")


def test_login_failures_before_lockout(client):
    make_user()
    change("login_failures_before_lockout", "3")
    for _ in range(3):
        assert "do not belong together" in sign_in(client, password="wrong").content.decode()
    assert "Too many wrong passwords" in sign_in(client).content.decode()


def test_account_failures_per_day(client):
    make_user()
    change("account_failures_per_day", "10")
    for number in range(10):
        assert (
            "do not belong together" in sign_in(client, password="no", REMOTE_ADDR=f"10.0.{number}.1").content.decode()
        )
    assert "Too many wrong passwords" in sign_in(client, REMOTE_ADDR="10.1.0.1").content.decode()


def test_lockout_minutes(client, later):
    make_user()
    change("lockout_minutes", "2")
    lock(client, "ada@example.org", address="127.0.0.1")
    later(110)
    assert "Too many wrong passwords" in sign_in(client).content.decode()
    later(240)
    assert sign_in(client).status_code == 302


def test_lockouts_before_alert(client):
    change("lockouts_before_alert", "2")
    lock(client, "one@example.org", address="10.0.1.1")
    assert not open_alerts().exists()
    lock(client, "two@example.org", address="10.0.2.1")
    assert open_alerts().get().fingerprint == "accounts.lockouts"


# How long they stay


@pytest.mark.parametrize(
    ("key", "who", "stamp"),
    [
        ("session_hours", "member", "signed_in_at"),
        ("session_idle_hours", "member", "seen_at"),
        ("staff_session_hours", "owner", "signed_in_at"),
        ("staff_session_idle_hours", "owner", "seen_at"),
    ],
)
def test_session_lengths(client_of, request, key, who, stamp):
    """Over two hours old: it holds by three hours, and is over by two."""
    client = client_of(request.getfixturevalue(who))
    assert client.get("/me/account/").status_code == 200
    session = client.session
    session[stamp] = time.time() - 2 * HOUR - 60
    session.save()
    change(key, "3")
    assert client.head("/me/account/", headers={"HX-Request": "true"}).status_code == 200
    session.save()
    change(key, "2")
    assert client.get("/me/account/")["Location"].startswith("/account/login/")


def test_reauthentication_minutes(client_of, owner, later):
    client, url = client_of(owner), "/admin/security/tunables/backups_kept/change/"
    assert client.post("/account/reauthenticate/", {"password": PASSWORD}).status_code == 302
    change("reauthentication_minutes", "2")
    later(110)
    assert client.post(url, {"value": "20", "version": "0"})["Location"] == "/admin/security/"
    later(130)
    assert client.post(url, {"value": "30", "version": "1"})["Location"].startswith("/account/reauthenticate/")


# What they make


def test_anonymous_renders_per_day(client):
    change("anonymous_renders_per_day", "1")
    assert client.post("/make/cut/", make_choices()).status_code == 302
    assert client.post("/make/cut/", make_choices()).status_code == 422
    asked = RequestFactory().get("/", REMOTE_ADDR="10.1.1.1")
    asked.session = {}
    for number in (0, 7):
        change("anonymous_renders_per_day", str(number))
        assert visitors.left_today(asked) == number


def test_visitor_cut_days(media, member):  # noqa: F811
    made = [make_cut(), make_cut(owner=member)]
    Cut.objects.update(created_at=ago(days=10))
    assert upkeep.purge_visitors_cuts() == 0
    change("visitor_cut_days", "9")
    assert upkeep.purge_visitors_cuts() == 1
    assert Cut.objects.get(purged_at=None) == made[1]


def test_refused_wishes_per_day(member):
    for number in range(2):
        Job.objects.create(kind=wishes.KIND, state=State.DONE, dedupe_key=f"wish:{member.pk}:{number}")
    assert wishes.of(member).count() == 2 and not wishes._refused_lately(member)
    change("refused_wishes_per_day", "2")
    assert wishes._refused_lately(member)


def test_poem_characters_limit():
    poem = "a" * 60 + "\n" + "b" * 60
    assert verses.why_not("", "", poem, "en") == ""
    change("poem_characters_limit", "120")
    assert verses.why_not("", "", poem, "en") == "This has 121 characters; a cut holds 120. Shorten it a little."


def test_poem_lines_limit():
    assert verses.why_not("", "", "a\n" * 5, "en") == ""
    change("poem_lines_limit", "4")
    assert verses.why_not("", "", "a\n" * 5, "en") == "This has 5 lines; a cut holds 4. Shorten it a little."


def test_studio_images_limit(media, member):  # noqa: F811
    def errors():
        sent = MultiValueDict({name: [value] for name, value in make_choices().items()})
        sent.setlist("images", [make_picture().code for _ in range(3)])
        return forms.StudioForm(sent, user=member).errors.get("images", [])

    assert errors() == []
    change("studio_images_limit", "2")
    assert errors() == ["Pick 2 at most."]


def test_render_seconds_limit(monkeypatch, tmp_path):
    """The painter is told, and the wait for it ends then."""
    change("render_seconds_limit", "30")
    begun, deadlines, tell = time.monotonic(), [], lambda *step: None
    monkeypatch.setattr(
        easel, "_listen", lambda painter, deadline, tell: deadlines.append(deadline) or {"refused": "-"}
    )
    monkeypatch.setattr(easel, "COMMAND", ["-c", "import sys; open('asked', 'w').write(sys.stdin.read())"])
    with pytest.raises(easel.Refused):
        easel.paint({}, tmp_path, tell)
    assert '"seconds": 30' in (tmp_path / "asked").read_text()
    assert begun + 30 <= deadlines[0] <= time.monotonic() + 30


# What is kept


def test_backups_kept(monkeypatch):
    kept = []
    monkeypatch.setattr(making, "make", lambda folder, keep: kept.append(keep))
    for number in (14, 2):
        change("backups_kept", str(number))
        tasks.make_backup(None)
    assert kept == [14, 2]


def test_backup_age_alert_hours():
    Run.objects.create(kind=Run.Kind.BACKUP, name="poemvision-x", began_at=ago(hours=10))
    for hours, alerts in (("11", 0), ("9", 1), ("10", 1), ("11", 0)):
        change("backup_age_alert_hours", hours)
        watch.watch_age()
        assert open_alerts().count() == alerts, hours


@pytest.fixture
def disk(monkeypatch):
    """1,000 MB, of which 400 MB are free."""
    sizes = [size * place.MEGABYTE for size in (1000, 600, 400)]
    usage = SimpleNamespace(**dict(zip(("total", "used", "free"), sizes, strict=True)))
    for module in (disks, place):
        monkeypatch.setattr(module.shutil, "disk_usage", lambda folder: usage)


def test_disk_free_alert_percent(disk):
    for percent, is_told in (("40", False), ("41", True)):
        change("disk_free_alert_percent", percent)
        disks.watch()
        assert open_alerts().exists() == is_told, percent


def test_disk_floor_mb(disk, media):  # noqa: F811
    change("disk_floor_mb", "400")
    place.check_room()
    change("disk_floor_mb", "401")
    with pytest.raises(place.NoSpace):
        place.check_room()


def test_take_unscanned_files(settings, media):  # noqa: F811
    settings.CLAMAV_SOCKET = "127.0.0.1:1"
    with pytest.raises(assets.Unavailable, match="does not answer"):
        assets.add(io.BytesIO(png()), owner=None, by=None)
    change("take_unscanned_files", "on")
    assert assets.add(io.BytesIO(png()), owner=None, by=None).kind == "image"
    assert open_alerts().get().title == "The virus scanner does not answer, so uploads are taken unscanned"


def test_orphan_grace_hours(media):  # noqa: F811
    stored = make_stored()
    type(stored).objects.update(created_at=ago(hours=5))
    for hours, unused in ((6, 0), (4, 1)):
        change("orphan_grace_hours", str(hours))
        sweep = sweeps.run_job(Job.objects.create(kind=f"look {hours}", payload={"repair": False, "by": None}, **HELD))
        assert sweep.unused == unused, hours


HELD = {"state": State.RUNNING, "lease_token": "00000000-0000-0000-0000-000000000001"}


def test_media_link_minutes(media, client, later):  # noqa: F811
    change("media_link_minutes", "5")
    token = links.url(make_stored()).rpartition("/")[2]
    later(290)
    assert links.read(token)
    later(610)
    assert links.read(token) is None


@pytest.mark.parametrize(
    ("key", "kind"),
    [("upload_image_mb", formats.IMAGE), ("upload_music_mb", formats.MUSIC), ("upload_video_mb", formats.VIDEO)],
)
def test_upload_limits(key, kind):
    """What `uploads.Bounded` holds each file against while it comes in."""
    before = uploads.limits()
    change(key, "3")
    assert uploads.limits() == {**before, kind: 3 * place.MEGABYTE}


def test_member_storage_mb(media, member):  # noqa: F811
    make_picture(owner=member)
    Asset.objects.get().file.__class__.objects.update(size=2 * place.MEGABYTE)
    change("member_storage_mb", "3")
    assets._check_quota(member, place.MEGABYTE)
    change("member_storage_mb", "2")
    with pytest.raises(assets.Refused, match="is full"):
        assets._check_quota(member, place.MEGABYTE)


def test_deleted_asset_days(media, member):  # noqa: F811
    make_picture(owner=member)
    Asset.objects.update(retired_at=ago(days=2))
    assert assets.purge() == 0
    change("deleted_asset_days", "1")
    assert assets.purge() == 1


# Music


def test_music_bucket_target():
    change("music_bucket_target", "3")
    assert queries.pool_status().wanted == 60


def test_music_bucket_goal(monkeypatch):
    monkeypatch.setattr(queries, "_tracks_counted", lambda: [{"mood": "calm", "genre": "piano", "approved": 2}])
    for goal, low in (("2", 19), ("3", 20)):
        change("music_bucket_goal", goal)
        assert queries.pool_status().low == low


def test_musicgen_seconds():
    change("musicgen_seconds", "12")
    assert musicgen.start("epic", "ambient", reason="fill", key="music:1").seconds == 12


def test_musicgen_wait_seconds():
    change("musicgen_wait_seconds", "20")
    asked = timezone.now()
    for begun, began in ((asked, asked - timedelta(hours=1)), (asked - timedelta(hours=1), asked)):
        assert fallback._patience(SimpleNamespace(created_at=begun), began) == asked + timedelta(seconds=20)


def test_musicgen_minute_usd():
    change("musicgen_minute_usd", "0.12")
    assert musicgen._cost({"metrics": {"predict_time": 30}}) == Decimal("0.06")


# Words and days


def test_business_time_zone():
    moment = timezone.datetime(2026, 11, 21, 23, 30, tzinfo=timezone.get_default_timezone())
    assert "21 Nov 2026" in format.day(moment)
    change("business_time_zone", "Asia/Tokyo")
    assert "22 Nov 2026" in format.day(moment)


def test_support_email():
    change("support_email", "help@example.org")
    assert writing.blocks("Write to {support_email}.")[0].lines == ["Write to help@example.org."]


# In every process


@pytest.fixture
def other_process(committed_db):
    """Another web process on the same database; its address."""
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    port = free_port()
    server = subprocess.Popen(
        [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"],
        cwd=project.BASE_DIR,
        env=environment(address, os.environ["REDIS_URL"], port),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield f"http://127.0.0.1:{port}"
    server.kill()
    server.wait()


def test_another_process_follows_on_its_next_request(other_process, client_of, owner):
    """What is saved on a page of this process holds in the other one, and goes back there by itself as well."""

    def is_closed():
        page = httpx.get(f"{other_process}{SIGN_UP}", trust_env=False, timeout=20)
        assert page.status_code == 200, page.text
        return "Registration is closed" in page.text

    def is_up():
        try:
            return not is_closed()
        except httpx.TransportError:
            return False

    wait_until(is_up, 40, "the other process")
    client = client_of(owner)
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    sent = {"value": "closed", "seen": "closed", "version": "0"}
    assert client.post("/admin/security/tunables/registration_mode/change/", sent)["Location"] == "/admin/security/"
    assert is_closed() and Override.objects.get().on_trial
    Override.objects.update(reverts_at=timezone.now())
    assert not is_closed()
