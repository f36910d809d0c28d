"""How runs are stored, watched and resumed."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from alerts.models import Alert
from alerts.queries import open_alerts
from jobs import runner
from jobs.models import Job
from jobs.tests.make import lose_lease, run_until_over
from ledger import posting
from ledger.models import Wallet
from ledger.tests.make import D, break_by, make_member
from selfcheck import checks, measures, runs, tasks
from selfcheck.models import Result, SelfCheck, Why

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]
ONE = "(SELECT id FROM accounts_user WHERE email = 'member@poemvision.example')"
MORE = f"UPDATE ledger_wallet SET paid = paid + 1 WHERE member_id = {ONE}"
LESS = f"UPDATE ledger_wallet SET paid = paid - 1 WHERE member_id = {ONE}"


def later(**ago):
    SelfCheck.objects.update(seen_at=timezone.now() - timedelta(**ago))


def frozen():
    return Wallet.objects.filter(frozen_at__isnull=False).count()


def test_each_night_everything_is_checked_by_a_job():
    tasks.nightly()
    run_until_over(Job.objects.get(kind="selfcheck.run"))
    assert {row.name: (row.result, row.why) for row in SelfCheck.objects.all()} == {
        check.name: ("good", "nightly") for check in checks.CHECKS
    }


def test_the_watch_finds_a_mismatch_and_says_it_once(member):
    tasks.watch()
    watched = [check.name for check in checks.CHECKS if check.watched]
    assert sorted(SelfCheck.objects.values_list("name", flat=True)) == sorted(watched)
    break_by(MORE)
    tasks.watch()
    assert not frozen(), "each check was looked at a moment ago"
    later(seconds=60)
    tasks.watch()
    assert frozen() == 1
    rows, seen = SelfCheck.objects.count(), open_alerts().get(fingerprint=f"self-check:balances:{member.pk}").count
    assert rows == len(watched) + 2  # the balances are wrong, and so are the lots beside them
    for _ in range(3):
        later(seconds=60)
        tasks.watch()
    assert SelfCheck.objects.count() == rows
    assert open_alerts().get(fingerprint=f"self-check:balances:{member.pk}").count == seen
    break_by(LESS)
    later(seconds=60)
    tasks.watch()
    assert not open_alerts().exists() and frozen() == 1


def test_a_slow_check_is_watched_for_a_fiftieth_of_the_time():
    tasks.watch()
    SelfCheck.objects.filter(name="entries").update(seconds=10)
    break_by(MORE)
    before = SelfCheck.objects.get(name="entries").seconds
    later(seconds=400)
    tasks.watch()
    assert SelfCheck.objects.get(name="entries").seconds == before
    later(seconds=600)
    tasks.watch()
    assert SelfCheck.objects.get(name="entries").seconds < before


def test_a_thaw_before_the_repair_lasts_until_the_night(member):
    break_by(MORE)
    tasks.watch()
    Wallet.objects.update(frozen_at=None, frozen_reason="")
    later(seconds=60)
    tasks.watch()
    assert not frozen()
    runs.run(checks.named("balances"), why=Why.NIGHTLY)
    assert frozen() == 1


def test_a_job_that_dies_on_the_way_goes_on_behind_what_it_stored(monkeypatch):
    job = runs.ask(["entries", "lots", "holds"], why=Why.ASKED)
    run, seen = runs.run, []

    def dies(check, **more):
        seen.append(check.name)
        if seen == ["entries", "lots"]:
            raise SystemExit  # as a worker that is killed: nothing is written down
        return run(check, **more)

    monkeypatch.setattr(runs, "run", dies)
    with pytest.raises(SystemExit):
        runner.run(job.pk)
    lose_lease(job)
    assert run_until_over(job).state == "done"
    assert seen == ["entries", "lots", "lots", "holds"]
    assert SelfCheck.objects.filter(job=job.pk).count() == 3


def test_a_check_that_fails_says_so_and_the_others_run(monkeypatch):
    def broken(rule):
        raise RuntimeError("no such table\nsecond line")

    monkeypatch.setattr(checks.ledger, "look", broken)
    runs.run_all(why=Why.NIGHTLY)
    results = SelfCheck.latest()
    assert (results["stripe"].result, results["audit"].result) == ("good", "good")
    assert (results["lots"].result, results["lots"].summary) == (
        Result.UNKNOWN,
        "It could not run: RuntimeError: no such table",
    )
    assert "could not run" in open_alerts().get(fingerprint="self-check:lots:failed").title
    monkeypatch.undo()
    runs.run(checks.named("lots"), why=Why.ASKED)
    assert not open_alerts().filter(fingerprint="self-check:lots:failed").exists()


def test_many_members_are_all_frozen_and_share_alerts(owner):
    members = [make_member() for _ in range(measures.ALERTS + 3)]
    for person in members:
        posting.grant(person, D(1))
    break_by("UPDATE ledger_wallet SET granted = 7 WHERE granted = 1 AND paid = 0")
    runs.run(checks.named("balances"), why=Why.NIGHTLY)
    assert frozen() == len(members)
    assert Alert.objects.count() == measures.ALERTS + 1
    assert "3 more members" in Alert.objects.get(fingerprint="self-check:balances").title


def test_an_overdue_hold_is_alarmed_and_stops_nobody(member):
    posting.hold(member, D(1), service="poem", expires_at=timezone.now() + timedelta(hours=1))
    break_by("UPDATE ledger_hold SET expires_at = now() - interval '2 h'")
    runs.run(checks.named("holds"), why=Why.WATCH)
    assert open_alerts().get().fingerprint == "self-check:holds"
    assert not frozen()


def test_the_command_runs_after_a_restore():
    said = StringIO()
    call_command("self_check", why="restore", stdout=said)
    assert "stripe: Adds up" in said.getvalue()
    assert set(SelfCheck.objects.values_list("why", flat=True)) == {"restore"}
    break_by(MORE)
    with pytest.raises(CommandError, match="balances, lots"):
        call_command("self_check", why="restore", stdout=said)
    assert frozen() == 1
