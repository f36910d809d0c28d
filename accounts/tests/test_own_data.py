"""What people get when they ask for their data: all of theirs, nothing of others, for some days."""

import io
import json
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone

from accounts import own_data
from accounts.models import OutboxMail, OwnData
from accounts.tasks import clear_sessions
from accounts.tests.make import make_user
from accounts.tests.second_steps import set_up_app
from accounts.tests.test_own_account import again, signed_in
from audit.models import AuditEvent, record
from billing.tests.make import make_top_up
from catalog.tests.make import make_asset, make_cut, make_poem
from files import storing
from files.models import StoredFile
from files.tests.conftest import media  # noqa: F401 (a fixture)
from jobs.models import Job
from jobs.registry import run_now
from ledger import posting
from ui.format import day


def people(owner):
    """Ada and Eve with the same kinds of things, each marked."""
    for email, mark in (("ada@example.org", "adas-own"), ("eve@example.org", "eves-own")):
        user = make_user(email, name=mark)
        poem = make_poem(title=mark, owner=user)
        picture = storing.keep(io.BytesIO(mark.encode()), content_type="image/png", extension=".png")
        make_asset(title=mark, owner=user, file=picture, uploaded_by=user)
        make_cut(user, title=mark, poem=poem)
        make_top_up(user)
        posting.grant(user, Decimal(1), actor=owner, note=mark, external_id=mark)
        user.notes.create(author=owner, form_key=uuid.uuid4(), text="What staff say among themselves")
        record(owner, "user.suspended", user, note="What staff say among themselves")
        yield user


def test_it_holds_everything_of_mine_and_nothing_of_others(media, owner, run_mails):  # noqa: F811
    ada, _ = people(owner)
    secret = set_up_app(ada)
    client = signed_in(ada)
    assert client.post("/me/data/ask/")["Location"].startswith("/account/reauthenticate/")
    again(client)
    for _ in range(2):
        client.post("/me/data/ask/")
    assert "being put together" in client.get("/me/data/").content.decode()
    assert run_now(Job.objects.get(kind="accounts.gather_own_data")).state == "done"
    run_mails()
    assert OutboxMail.objects.get(to=ada.email).subject == "Your data is ready"
    page = client.get("/me/data/").content.decode()
    assert "Download, " in page and f"there until {day(OwnData.objects.get().expires_at)}" in page
    link = client.post("/me/data/fetch/")["Location"]
    answer = client.get(link)
    assert int(answer["Cache-Control"].split("max-age=")[1].split(",")[0]) <= 60
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert [text for name, text in texts.items() if name.startswith("files/") and name.endswith(".png")] == ["adas-own"]
    for table in ("accounts.User", "catalog.Poem", "catalog.Asset", "studio.Cut", "ledger.Transaction"):
        assert "adas-own" in texts[f"{table}.json"] and json.loads(texts[f"{table}.json"])
    assert json.loads(texts["billing.TopUp.json"]) and json.loads(texts["activity.json"])
    everything = "".join(texts.values())
    for other in ("eves-own", "eve@", owner.email, "among themselves", secret, ada.password):
        assert other not in everything
    assert AuditEvent.objects.filter(verb="user.data_fetched").count() == 1


def test_it_goes_after_some_days(media, owner):  # noqa: F811
    ada, eve = people(owner)
    wanted = own_data.ask(ada)
    run_now(Job.objects.get(pk=wanted.job))
    wanted.refresh_from_db()
    assert default_storage.exists(wanted.file.name)
    assert signed_in(eve).get("/me/data/").content.decode().count("Download") == 0
    OwnData.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    client = again(signed_in(ada))
    assert client.post("/me/data/fetch/")["Location"] == "/me/data/"
    name = wanted.file.name
    clear_sessions()
    assert not StoredFile.objects.filter(name=name).exists()


def test_a_run_that_failed_can_be_asked_for_again(media, owner, monkeypatch):  # noqa: F811
    ada, _ = people(owner)
    files = StoredFile.objects.count()
    wanted = own_data.ask(ada)
    Job.objects.filter(pk=wanted.job).update(state="dead")
    client = again(signed_in(ada))
    assert "could not be put together" in client.get("/me/data/").content.decode()
    client.post("/me/data/ask/")
    with monkeypatch.context() as patched, pytest.raises(OSError, match="no mail"):
        patched.setattr(own_data.mail, "send", _no_mail)
        own_data.gather(wanted, _Quiet())
    assert StoredFile.objects.count() == files, "what a failed run wrote is gone"
    assert run_now(Job.objects.filter(kind="accounts.gather_own_data").latest("pk")).state == "done"


class _Quiet:
    def progress(self, *args):
        """Nobody looks."""


def _no_mail(*args):
    raise OSError("no mail")


def test_asked_for_at_the_same_time_it_is_made_once(committed_db):
    user = make_user()

    def ask(_):
        try:
            return own_data.ask(user).pk
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(ask, range(8)))) == 1
    assert Job.objects.filter(kind="accounts.gather_own_data").count() == 1
