"""The public catalog: the poems and images that anonymous visitors pick from, in the order in which they are shown."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from catalog.models.asset import Asset
from catalog.models.poem import Poem


class PublicItem(models.Model):
    """One poem or one image on /make. Low positions come first."""

    poem = models.OneToOneField(Poem, models.CASCADE, null=True, related_name="public_item")
    asset = models.OneToOneField(Asset, models.CASCADE, null=True, related_name="public_item")
    position = models.PositiveIntegerField(default=0)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(poem__isnull=True) ^ Q(asset__isnull=True), name="catalog_public_item_is_one_thing"
            )
        ]

    def __str__(self):
        return str(self.poem or self.asset)

    @property
    def kind(self) -> str:
        return "poem" if self.poem_id else "asset"

    @property
    def target(self) -> str:
        """What the record calls it: by what it shows, since the row goes when it is taken away."""
        return f"{self.kind}:{self.poem_id or self.asset_id}"
