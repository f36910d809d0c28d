"""Values that staff have changed. A key without a row, or with value NULL, has its default."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class Override(models.Model):
    """The stored value of one key, as canonical text. `version` only grows, also over a reset.

    On trial while `reverts_at` is set: from then on `previous` holds, whether or not a worker has written it down.
    """

    key = models.CharField(max_length=64, primary_key=True)
    value = models.TextField(null=True)  # noqa: DJ001 - NULL is "reset to the default", "" is a value
    version = models.PositiveIntegerField(default=0)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    previous = models.TextField(null=True)  # noqa: DJ001 - as `value`
    reverts_at = models.DateTimeField(null=True)

    @property
    def on_trial(self) -> bool:
        return self.reverts_at is not None and self.reverts_at > timezone.now()

    @property
    def current(self) -> str | None:
        """The text that holds now."""
        return self.previous if self.has_gone_back else self.value

    @property
    def current_version(self) -> int:
        """Its version: when it has gone back, the one under which that will be written down."""
        return self.version + self.has_gone_back

    @property
    def has_gone_back(self) -> bool:
        """The trial is over, and nobody has written it down yet."""
        return self.reverts_at is not None and not self.on_trial
