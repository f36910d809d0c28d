"""When the newest backup is too old, and what the embedded mode does by itself."""

from datetime import timedelta

import pytest
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from alerts.models import Alert
from backups import shelf, watch
from backups.models import Run
from jobs import runner
from jobs.models import Job
from jobs.tests.make import run_until_over
from tunables import values


def make_run(hours, kind=Run.Kind.BACKUP, **fields):
    return Run.objects.create(
        kind=kind, name="poemvision-x", began_at=timezone.now() - timedelta(hours=hours), **fields
    )


def made(hours):
    """The installation is this old."""
    MigrationRecorder.Migration.objects.update(applied=timezone.now() - timedelta(hours=hours))


def open_alert():
    return Alert.objects.filter(acknowledged_at=None).first()


@pytest.fixture(autouse=True)
def an_old_installation(db):
    made(hours=1000)


def test_it_works():
    make_run(hours=27)
    watch.watch()
    assert open_alert().detail == "The newest one is 27 hours old. 26 hours are allowed."
    make_run(hours=0)
    watch.watch()
    assert open_alert() is None


def test_the_first_day_is_quiet():
    made(hours=25)
    watch.watch()
    assert open_alert() is None
    made(hours=27)
    watch.watch()
    assert open_alert().detail.startswith("There is none, 27 hours after the start.")


def test_a_failed_one_does_not_count():
    make_run(hours=27)
    make_run(hours=0, problem="The disk is full.")
    watch.watch()
    assert open_alert().fingerprint == "backup-old"


def test_staff_say_how_old_it_may_be(owner):
    make_run(hours=27)
    values.change("backup_age_alert_hours", "30", by=owner)
    watch.watch()
    assert open_alert() is None


def test_the_embedded_mode_makes_one_a_day_and_tries_one_a_week():
    make_run(hours=23)
    make_run(hours=24 * 6, kind=Run.Kind.DRILL)
    watch.watch()
    assert not Job.objects.exists()
    Run.objects.update(began_at=timezone.now() - timedelta(days=7))
    for _ in range(2):
        watch.watch()
    assert sorted(job.kind for job in Job.objects.all()) == ["backups.backup", "backups.drill"]


def test_production_leaves_it_to_its_timers(settings):
    settings.EMBEDDED = False
    watch.watch()
    assert open_alert() and not Job.objects.exists()


@pytest.mark.timeout(240)
def test_the_jobs_do_it(books, folder, uploads):
    job = Job.enqueue("backups.backup", {})
    assert runner.run(job.pk)
    assert shelf.newest(folder).name == Run.newest(Run.Kind.BACKUP).name
    job = run_until_over(Job.enqueue("backups.drill", {}))
    assert (job.state, Run.newest(Run.Kind.DRILL) is not None) == ("done", True), job.error
