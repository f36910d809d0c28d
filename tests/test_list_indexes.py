"""Lists and searches that would read a whole table without their index: that it fits what they ask."""

import pytest
from django.db import connection

from accounts import queries as accounts
from accounts.models import BulkAct
from audit.models import AuditEvent
from jobs.models import NAMING, Job
from referrals.models import Referral
from ui import clock

ASKED = {
    "accounts_user_gone": lambda: accounts.users(status="deleted"),
    "accounts_bulkact_whom": lambda: BulkAct.objects.filter(ids__contains=[7]),
    "audit_by_client": lambda: AuditEvent.objects.filter(client__startswith="10.9."),
    "audit_by_time": lambda: AuditEvent.objects.filter(at__gte=clock.now(), at__lt=clock.now()),
    "jobs_naming": lambda: Job.objects.filter(NAMING).filter(error__icontains="ada@example.org"),
    "referrals_newest": lambda: Referral.objects.order_by("-created_at", "-id")[:20],
    "referrals_by_state": lambda: Referral.objects.filter(state="held"),
}


@pytest.mark.django_db
@pytest.mark.parametrize("index", ASKED)
def test_it_is_found_by_its_index(index):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    assert index in ASKED[index]().explain()
