"""An auto top-up is cut off at every statement and on both sides of every COMMIT: claimed, paid and booked once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from billing import auto_top_ups
from billing.models import AutoTopUp, AutoTopUpAttempt, TopUp
from billing.tests.auto import agreed, charged, spend
from billing.tests.conftest import stripe_side  # noqa: F401 (a fixture)
from jobs.models import Job
from jobs.registry import run_now
from jobs.tests.make import lose_lease
from tests.faults.cases import booked, has, person
from tests.faults.crash import sweep


@pytest.mark.long
def test_from_the_claim_to_the_booking(server, stripe_side):  # noqa: F811
    def prepare():
        member = person()
        agreed(stripe_side, member)
        spend(member)

        def act():
            if attempt := auto_top_ups.claim(member.pk):
                auto_top_ups.carry_out(attempt)

        def again():
            """Its worker is dead: the sweeper claims what was not, and takes up what has no answer."""
            AutoTopUpAttempt.objects.filter(auto=member.pk).update(created_at=timezone.now() - timedelta(minutes=11))
            auto_top_ups.sweep()
            for job in Job.objects.filter(kind="billing.carry_out_auto_top_up", state__in=("new", "running")):
                lose_lease(job)
                run_now(job)

        def verify():
            assert charged(stripe_side, member) == [2000]
            has(member, 20, 5)
            assert booked(member, "top_up") == TopUp.objects.filter(member=member).count() == 1
            assert AutoTopUp.objects.get(pk=member.pk).failures == 0

        return act, again, verify

    assert sweep(server, prepare) > 30


@pytest.mark.long
def test_a_failure_is_counted_and_told_once(server, stripe_side):  # noqa: F811
    def prepare():
        member = person()
        agreed(stripe_side, member, "fails_later")
        spend(member)
        attempt = auto_top_ups.claim(member.pk)

        def act():
            auto_top_ups.carry_out(AutoTopUpAttempt.objects.get(pk=attempt.pk))

        def verify():
            assert charged(stripe_side, member) == []
            assert AutoTopUp.objects.get(pk=member.pk).failures == 1
            assert TopUp.objects.get(member=member).status == "failed"
            assert Job.objects.filter(kind="accounts.send_mail").count() >= 1

        return act, act, verify

    assert sweep(server, prepare) > 10
