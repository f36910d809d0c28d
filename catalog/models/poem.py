"""Poems: the house's own, and members'."""

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone

from audit.models import record
from catalog.models.choice import Category


class Poem(models.Model):
    """One poem. Without an owner it is the house's; `starter` names a poem of the set that ships, once."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="poems")
    title = models.CharField(max_length=120)
    author = models.CharField(max_length=120, blank=True)
    text = models.TextField()
    language = models.CharField(max_length=12, default="en", help_text="BCP 47, such as en or pt-BR.")
    category = models.ForeignKey(Category, models.PROTECT, null=True)
    starter = models.CharField(max_length=40, null=True, unique=True)  # noqa: DJ001 - unique when given
    created_at = models.DateTimeField(default=timezone.now)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["owner", "-id"], name="catalog_poems_of_owner")]

    def __str__(self):
        return self.title

    def retire(self, *, by) -> bool:
        """Take it out of every choice; cuts keep what they were made of. False when it is out already."""
        return self._turn(True, "poem.retired", by)

    def bring_back(self, *, by) -> bool:
        """Undo `retire`."""
        return self._turn(False, "poem.brought_back", by)

    def _turn(self, out: bool, verb: str, by) -> bool:
        with transaction.atomic():
            self.retired_at = timezone.now() if out else None
            if not Poem.objects.filter(pk=self.pk, retired_at__isnull=out).update(retired_at=self.retired_at):
                return False
            record(by, verb, self, before={"retired": not out}, after={"retired": out})
        return True
