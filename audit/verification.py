"""Verify the whole chain, keep the verdict, and let a break be known."""

from django.utils import timezone

from alerts.models import raise_alert, settle
from audit import chain, queries
from audit.models import AuditCheck

ALERT = "audit-broken"


def verify_and_keep(*, progress=None) -> chain.Verdict:
    """Walk the chain, and compare it with the head of the last walk that found it whole.

    However often it is looked at, a row and an alert are written only when the verdict changes.
    """
    previous, whole = queries.last_check(), queries.last_whole()
    verdict = chain.verify(expected_head=whole.head if whole else "", progress=progress)
    found = {"through": verdict.through, "head": verdict.head, "problem": verdict.problem}
    if previous and previous.problem == verdict.problem:
        AuditCheck.objects.filter(pk=previous.pk).update(at=timezone.now(), **found)
        return verdict
    AuditCheck.objects.create(**found)
    if verdict.ok:
        settle(ALERT)
    else:
        raise_alert(ALERT, "The audit log is broken", verdict.problem, severity="bad", url="/admin/logs/")
    return verdict
