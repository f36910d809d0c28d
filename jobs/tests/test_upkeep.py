from datetime import timedelta

from django.utils import timezone

from alerts.models import Alert
from alerts.queries import open_alerts
from jobs import upkeep
from jobs.models import Job, State
from jobs.tests.make import make_job


def test_old_jobs_are_forgotten_and_dead_ones_are_kept_longer(db):
    old = timezone.now() - timedelta(days=30)
    kept = [
        make_job(),
        make_job(state=State.DEAD, finished_at=old),
        make_job(state=State.DONE, finished_at=timezone.now()),
    ]
    make_job(state=State.DONE, finished_at=old)
    make_job(state=State.CANCELLED, finished_at=old)
    assert upkeep.prune() == 2
    assert list(Job.objects.order_by("id")) == kept


def test_late_work_raises_an_alert_that_closes_by_itself(db):
    job = make_job(run_at=timezone.now() - timedelta(minutes=7))
    upkeep.watch()
    assert "7 minutes" in open_alerts().get().detail
    job.delete()
    upkeep.watch()
    assert Alert.objects.get().is_open is False
