"""Reads of the audit log."""

from audit import chain
from audit.models import AuditCheck, AuditEvent, label


def events(*, verb="", target="", actor="", since=None, until=None):
    """The log, filtered; newest first is the caller's order."""
    rows = AuditEvent.objects.select_related("actor", "on_behalf_of")
    if verb:
        rows = rows.filter(verb__startswith=verb)
    if target:
        rows = rows.filter(target__startswith=target)
    if actor:
        rows = rows.filter(actor__email__istartswith=actor)
    if since:
        rows = rows.filter(at__gte=since)
    return rows.filter(at__lt=until) if until else rows


def events_for(target):
    """What happened to one object (an instance or `noun:id`), newest first."""
    return AuditEvent.objects.filter(target=label(target)).select_related("actor").order_by("-id")


def last_change(target) -> AuditEvent | None:
    return events_for(target).first()


def head() -> tuple[int, str]:
    """(position, hash) of the newest sealed row."""
    row = AuditEvent.objects.filter(position__isnull=False).order_by("-position").first()
    return (row.position, row.hash) if row else (0, chain.GENESIS)


def last_check() -> AuditCheck | None:
    return AuditCheck.objects.order_by("-id").first()
