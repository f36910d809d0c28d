"""A refund by staff is cut off at every statement and on both sides of every COMMIT: Stripe makes one, and only one."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from audit.models import AuditEvent
from billing import staff_refunds
from billing.models import RefundRequest
from billing.tests.conftest import stripe_side  # noqa: F401 (a fixture)
from billing.tests.refunding import at_stripe, paid_top_up
from jobs.models import Job
from jobs.registry import run_now
from tests.faults.cases import person
from tests.faults.crash import sweep


def test_a_refund_by_staff(server, stripe_side):  # noqa: F811
    staff = person("support")

    def prepare():
        top_up, key = paid_top_up(stripe_side, person()), uuid.uuid4()
        asked = {"reason": "Sorry", "stripe_reason": "duplicate", "form_key": key}

        def act():
            staff_refunds.start(top_up, Decimal(5), by=staff, **asked)

        def again():
            """The person presses the button once more, and the job does its work after a while."""
            act()
            RefundRequest.objects.filter(top_up=top_up).update(called_at=timezone.now() - timedelta(minutes=3))
            run_now(Job.objects.get(kind="billing.settle_refund", payload__request=top_up.refund_requests.get().pk))

        def verify():
            request = top_up.refund_requests.get()
            assert (request.status, at_stripe(stripe_side, top_up)) == ("accepted", [500])
            verbs = AuditEvent.objects.filter(target=f"refundrequest:{request.pk}").order_by("pk")
            assert list(verbs.values_list("verb", flat=True)) == ["refund.asked", "refund.sent"]

        return act, again, verify

    assert sweep(server, prepare) > 15
