"""What one chooses from for a cut. Staff add, order and retire; a retired row stays for the cuts that have it."""

from django.db import models


class Mood(models.TextChoices):
    CALM = "calm", "Calm"
    JOYFUL = "joyful", "Joyful"
    MELANCHOLIC = "melancholic", "Melancholic"
    ROMANTIC = "romantic", "Romantic"
    EPIC = "epic", "Epic"


class Genre(models.TextChoices):
    PIANO = "piano", "Piano"
    AMBIENT = "ambient", "Ambient"
    ACOUSTIC = "acoustic", "Acoustic"
    ELECTRONIC = "electronic", "Electronic"


class Choice(models.Model):
    """The shape that categories, frame designs and styles share."""

    slug = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=60)
    position = models.PositiveSmallIntegerField(default=0)
    retired_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ["position", "id"]

    def __str__(self):
        return self.title


class Category(Choice):
    """What a poem or an asset is about."""


class FrameDesign(Choice):
    """A frame around the picture: `drawing` names a drawing of artwork/frames, `options` are its colours and sizes."""

    drawing = models.CharField(max_length=40)
    options = models.JSONField(default=dict)


class Style(Choice):
    """How picture and type look together: `drawing` names a treatment of artwork/styles, `options` are its settings."""

    drawing = models.CharField(max_length=40)
    options = models.JSONField(default=dict)
