"""Poems by a model."""

from django.db import models

from catalog.models import Poem


class WrittenPoem(models.Model):
    """A poem that a model wrote, and the call that it cost. The first cut that is made of it carries that cost."""

    poem = models.OneToOneField(Poem, models.CASCADE, related_name="written")
    call_key = models.CharField(max_length=100)

    def __str__(self):
        return f"{self.poem_id}: {self.call_key}"
