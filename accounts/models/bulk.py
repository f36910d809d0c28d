"""One act on many accounts: what was confirmed, and what became of it."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models, transaction
from django.utils import timezone

from audit.models import record
from jobs.models import Job, State

KIND = "accounts.bulk_act"


class BulkAct(models.Model):
    """`ids` were confirmed with their exact number; `done` of them, in their order, were looked at so far.

    `changed` holds for each that was changed its id, reason and until (ISO 8601) of before; `refused` is sentence ->
    how often. `until` is the end of suspensions, None: until somebody restores them. `undoes` is the act that this one
    takes back: at most once.
    """

    class Verb(models.TextChoices):
        SUSPEND = "suspend", "Suspend"
        RESTORE = "restore", "Restore"

    verb = models.CharField(max_length=10, choices=Verb)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    form_key = models.UUIDField(unique=True, null=True)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")
    words = models.CharField(max_length=400, blank=True, help_text="The filter, as it was confirmed.")
    reason = models.CharField(max_length=300, blank=True)
    until = models.DateTimeField(null=True)
    ids = ArrayField(models.BigIntegerField())
    done = models.PositiveIntegerField(default=0)
    changed = models.JSONField(default=list, help_text="Each with what it was before.")
    refused = models.JSONField(default=dict, help_text="Why, and how often.")
    job = models.ForeignKey(Job, models.SET_NULL, null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [GinIndex(fields=["ids"], name="accounts_bulkact_whom")]

    def __str__(self):
        return f"Bulk act {self.pk}"

    @classmethod
    def start(cls, **facts) -> "BulkAct":
        """Keep it together with its job. The same form, or the same act to undo, a second time starts nothing.

        `facts` are fields, `form_key` or `undoes` among them; what was started the first time is given back.
        """
        key = "undoes" if facts.get("undoes") else "form_key"
        with transaction.atomic():
            act, new = cls.objects.get_or_create(**{key: facts.pop(key)}, defaults=facts)
            if new:
                act.job = Job.enqueue(KIND, {"act": act.pk})
                act.save(update_fields=["job"])
                record(act.by, f"users.bulk_{act.verb}", act, after={"accounts": len(act.ids)})
        return act

    @property
    def is_over(self) -> bool:
        """Everybody was looked at."""
        return self.done >= len(self.ids)

    @property
    def is_undone(self) -> bool:
        """It is being taken back, or was: nothing more is done of it."""
        return hasattr(self, "undone_by")

    @property
    def stopped(self) -> bool:
        """It ended before everybody was looked at, and does not go on by itself."""
        ended = self.is_undone or self.job is None or self.job.state in (State.DEAD, State.CANCELLED)
        return ended and not self.is_over

    @property
    def left_alone(self) -> int:
        """For how many nothing was changed."""
        return self.done - len(self.changed)

    @property
    def can_be_undone(self) -> bool:
        """It ended, changed somebody, and is neither an undo nor undone."""
        return bool((self.is_over or self.stopped) and self.changed and not self.undoes_id and not self.is_undone)
