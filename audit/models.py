"""Who did what to what: one append-only, hash-chained row per act of staff and per denied access."""

import re

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import DatabaseError, models, transaction
from django.utils import timezone

from audit import context
from audit.redaction import masked_pair, plain_text, with_masked_addresses, without_secrets


class AuditEvent(models.Model):
    """One act. The database seals it when its transaction commits: `position` and `hash` are filled then, once.

    Triggers refuse every other UPDATE, and DELETE and TRUNCATE (migration 0002_append_only).
    """

    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    # While staff look through a member's eyes: the member; `actor` is who sits at the keyboard
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    verb = models.CharField(max_length=64)
    target = models.CharField(max_length=200)
    before = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    after = models.JSONField(null=True, encoder=DjangoJSONEncoder)
    note = models.TextField(blank=True)
    request_id = models.CharField(max_length=32, blank=True)
    client = models.CharField(max_length=64, blank=True)
    position = models.BigIntegerField(null=True, unique=True, editable=False)
    hash = models.CharField(max_length=64, null=True, editable=False)  # noqa: DJ001 - NULL means: not sealed yet

    class Meta:
        indexes = [
            models.Index(fields=["target", "-id"], name="audit_by_target"),
            models.Index(fields=["actor", "-id"], name="audit_by_actor"),
            models.Index(fields=["verb", "-id"], name="audit_by_verb"),
            models.Index(
                fields=["client", "-id"], opclasses=["varchar_pattern_ops", "int8_ops"], name="audit_by_client"
            ),
            BrinIndex(fields=["at"], autosummarize=True, name="audit_by_time"),
        ]

    def __str__(self):
        return f"{self.verb} {self.target}"

    @property
    def changes(self) -> list[tuple[str, object, object]]:
        """(field, before, after) of each field that differs."""
        before, after = self.before or {}, self.after or {}
        names = list(dict.fromkeys([*before, *after]))
        return [
            (name, plain(before.get(name)), plain(after.get(name)))
            for name in names
            if before.get(name) != after.get(name)
        ]


MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)T(\d\d:\d\d)[\d:.]*(?:Z|\+00:00)$")


def plain(value):
    """A recorded value as people read it, without Python's brackets and quotation marks."""
    if isinstance(value, dict):
        return ", ".join(f"{name}: {'–' if item is None else plain(item)}" for name, item in value.items())
    if isinstance(value, list):
        return ", ".join(str(plain(item)) for item in value)
    if isinstance(value, str):
        return MOMENT.sub(r"\1 \2 UTC", value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


class AuditCheck(models.Model):
    """One run over the whole chain: what the page shows as "verified through row N"."""

    at = models.DateTimeField(default=timezone.now)
    through = models.BigIntegerField()
    head = models.CharField(max_length=64)
    problem = models.CharField(max_length=300, blank=True)


def label(target) -> str:
    """`noun:id` of a model instance; a string stays as it is."""
    return target if isinstance(target, str) else f"{target._meta.model_name}:{target.pk}"


def record(actor, verb, target, *, before=None, after=None, note="") -> AuditEvent:
    """Write one act, inside the transaction of the change. `actor` None is the system.

    The chain’s lock is taken by the deferred trigger while the transaction commits, so it does not matter where in a
    transaction this is called, and it is held over no other work but the foreign keys of what was written after: they
    wait for nobody, since every row is locked `no_key`.
    E-mail addresses are masked, but in settings, whose addresses are the house's own.
    """
    event = _event(actor, verb, target, before, after, note)
    event.save(force_insert=True)
    return event


def record_many(actor, acts) -> None:
    """Write many acts of one person as `record` does one: each is (verb, target, before, after)."""
    AuditEvent.objects.bulk_create((_event(actor, *act) for act in acts), batch_size=1000)


def _event(actor, verb, target, before=None, after=None, note="") -> AuditEvent:
    named = plain_text(label(target))[:200]
    before, after, note = without_secrets(before), without_secrets(after), plain_text(note)
    if not named.startswith("tunable:"):
        named, note = with_masked_addresses(named), with_masked_addresses(note)
        before, after = masked_pair(before, after)
    request = context.current()
    if request.real_user is not None and actor is not None and actor.pk != request.real_user.pk:
        actor, on_behalf_of = request.real_user, actor
    else:
        on_behalf_of = None
    return AuditEvent(
        actor=actor if actor is not None and actor.pk else None,
        on_behalf_of=on_behalf_of,
        verb=verb,
        target=named,
        before=before,
        after=after,
        note=note,
        request_id=request.id,
        client=request.client,
    )


def record_denial(request, perm) -> AuditEvent | None:
    """A refused access. Called after the refused view has rolled back; a failing log never hides the 403."""
    user = getattr(request, "user", None)
    actor = user if user is not None and user.is_authenticated else None
    try:
        with transaction.atomic():
            return record(actor, "access.denied", f"perm:{perm}", note=f"{request.method} {request.path[:200]}")
    except DatabaseError:
        context.log.exception("A denied access could not be recorded")
        return None
