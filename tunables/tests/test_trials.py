"""Dangerous settings: foreseen, on trial for ten minutes, kept or gone back whoever dies."""

import os
import subprocess
import sys
import threading
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from audit.models import AuditEvent
from audit.queries import events_for
from jobs.models import Job
from jobs.registry import run_now
from tunables import trials, values
from tunables.catalog import CATALOG
from tunables.models import Override
from tunables.reach import FORESEEN

KEY = "session_hours"
URL = f"/admin/security/tunables/{KEY}/"
HTMX = {"HX-Request": "true"}


def post(client, act, **fields):
    return client.post(f"{URL}{act}/", fields, headers=HTMX)


def let_time_pass():
    """As when the ten minutes are over."""
    Override.objects.update(reverts_at=timezone.now() - timedelta(seconds=1))


def verbs():
    return list(AuditEvent.objects.filter(target=f"tunable:{KEY}").order_by("id").values_list("verb", flat=True))


def test_every_dangerous_setting_is_foreseen():
    assert {key for key, tunable in CATALOG.items() if tunable.dangerous} <= set(FORESEEN) & set(CATALOG)


def test_it_is_foreseen_then_tried_then_kept(confirmed, owner):
    asked = post(confirmed, "change", value="400", version="0")
    assert asked.status_code == 200 and values.get(KEY) == 336 and not verbs()
    page = asked.content.decode()
    for words in ("336 hours → 400 hours", "Nobody would be signed out", 'name="seen" value="400"'):
        assert words in page
    assert values.get(KEY) == 336
    saved = post(confirmed, "change", value="400", version="0", seen="400")
    assert "is on trial for 10 minutes" in saved.headers["HX-Trigger"]
    assert "On trial: 336 hours again in" in saved.content.decode()
    row = Override.objects.get()
    assert values.get(KEY) == 400 and timedelta(0) < row.reverts_at - timezone.now() <= trials.LENGTH
    for version, said in (("0", "is not on trial any more"), ("1", "is kept"), ("1", "is not on trial any more")):
        assert said in post(confirmed, "keep", version=version).headers["HX-Trigger"]
    assert (Override.objects.get().reverts_at, values.get(KEY)) == (None, 400)
    assert verbs() == ["tunable.changed", "tunable.kept"]
    assert events_for(f"tunable:{KEY}")[0].actor == owner


def test_what_was_seen_is_what_is_saved(confirmed):
    """Another value than the one whose reach was shown is shown again; without htmx a page asks."""
    assert 'name="seen" value="401"' in post(confirmed, "change", value="401", version="0", seen="400").content.decode()
    page = confirmed.post(f"{URL}change/", {"value": "400", "version": "0"}).content.decode()
    assert "<html" in page and 'name="seen" value="400"' in page
    assert confirmed.post(f"{URL}change/", {"value": "400", "version": "0", "seen": "400"}).status_code == 302
    assert values.get(KEY) == 400


def test_the_second_of_two_is_told_before_anything_is_foreseen(confirmed, owner):
    """And nonsense typed over a trial leaves the trial and its buttons where they are."""
    values.change(KEY, "400", by=owner)
    answer = post(confirmed, "change", value="410", version="0")
    assert answer.status_code == 409 and "it is now 400. You entered 410." in answer.content.decode()
    answer = post(confirmed, "change", value="nonsense", version="1")
    page = answer.content.decode()
    assert answer.status_code == 422 and 'value="nonsense"' in page and "On trial: 336 hours again in" in page
    assert confirmed.get("/admin/security/").content.decode().count('data-left="') == 2


def test_nobody_keeps_it_and_no_worker_lives(committed_db, owner):
    """The value goes back by itself, in this process and in others; what is late is only the note of it."""
    values.change(KEY, "400", by=owner)
    values.change(KEY, "500", by=owner)  # over the first: what comes back is what held before both
    assert values.get(KEY) == 500
    let_time_pass()
    assert values.get(KEY) == 336
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    asked = [sys.executable, "manage.py", "tunable", KEY]
    environment = {**os.environ, "DATABASE_URL": address}
    told = subprocess.run(asked, check=True, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)  # noqa: S603
    assert told.stdout.strip() == f"{KEY} = 336"
    assert not Override.objects.get().current and verbs() == ["tunable.changed"] * 2
    jobs = Job.objects.filter(kind="tunables.settle").order_by("id")
    assert [run_now(job).state for job in jobs] == ["done", "done"]
    trials.settle_overdue()  # the sweeper's turn
    assert verbs() == ["tunable.changed", "tunable.changed", "tunable.reverted"]
    event = events_for(f"tunable:{KEY}")[0]
    assert (event.actor, event.before, event.after) == (None, {"value": "500"}, {"value": "336"})
    assert Override.objects.get().version == 3


def test_too_late_to_keep_and_a_form_of_before_conflicts(confirmed, owner):
    values.change(KEY, "400", by=owner)
    let_time_pass()
    for act in ("keep", "undo"):
        assert "not on trial any more" in post(confirmed, act, version="1").headers["HX-Trigger"]
    answer = post(confirmed, "change", value="410", version="1", seen="410")
    assert answer.status_code == 409 and "it is now 336" in answer.content.decode()


def test_a_form_of_after_is_saved_whether_or_not_it_is_written_down(confirmed, owner):
    for number, write_down in enumerate((lambda: None, trials.settle_overdue), 1):
        values.change(KEY, "400", by=owner)
        let_time_pass()
        rows = confirmed.get("/admin/tunables/panels/security_settings/", headers=HTMX).context["rows"]
        (row,) = [row for row in rows if row.tunable.key == KEY]
        write_down()
        asked = post(confirmed, "change", value=f"35{number}", version=row.version)
        assert "336 hours" in asked.content.decode() and asked.status_code == 200
        assert (
            post(confirmed, "change", value=f"35{number}", version=row.version, seen=f"35{number}").status_code == 200
        )
        assert values.get(KEY) == 350 + number and "tunable.conflicted" not in verbs()
        values.change(KEY, "336", by=owner)


def test_undo_and_what_is_no_trial(confirmed, owner):
    values.change(KEY, "400", by=owner)
    assert "is back at what it was" in post(confirmed, "undo", version="1").headers["HX-Trigger"]
    assert (values.get(KEY), verbs()) == (336, ["tunable.changed", "tunable.undone"])
    values.change(KEY, "400", by=owner)
    values.change(KEY, "336", by=owner)  # back by hand: nothing is left to try
    assert Override.objects.get().reverts_at is None
    values.change(KEY, "400", by=None)  # the way back in, on the command line
    values.change("lockout_minutes", "30", by=owner)
    assert not Override.objects.filter(reverts_at__isnull=False).exists()
    assert post(confirmed, "keep", version="9").status_code == 204
    assert confirmed.post("/admin/security/tunables/no_key/undo/").status_code == 404


def test_kept_and_undone_at_once_is_one_of_both(committed_db, owner):
    values.change(KEY, "400", by=owner)
    won, gate = [], threading.Barrier(2)

    def end(act):
        gate.wait()
        with suppress(trials.Over):
            act(KEY, by=owner, version=1)
            won.append(act)
        connection.close()

    threads = [threading.Thread(target=end, args=[act]) for act in (trials.keep, trials.undo)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1 and len(verbs()) == 2
    assert values.get(KEY) == (400 if won == [trials.keep] else 336)


@pytest.mark.parametrize("act", ["keep", "undo"])
def test_it_needs_the_right_and_the_password(client_of, owner, supporter, act):
    values.change(KEY, "400", by=owner)
    assert client_of(supporter).post(f"{URL}{act}/", {"version": "1"}).status_code == 403
    assert client_of(owner).post(f"{URL}{act}/", {"version": "1"})["Location"].startswith("/account/reauth")
    assert client_of(owner).get(f"{URL}{act}/").status_code == 405
    assert Override.objects.get().reverts_at
