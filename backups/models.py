"""When this database was last backed up, and when a backup was last restored to see whether it can be."""

from django.db import models
from django.utils import timezone


class Run(models.Model):
    """One backup or one drill that came to its end; `problem` is empty when it went well."""

    class Kind(models.TextChoices):
        BACKUP = "backup", "Backup"
        DRILL = "drill", "Restore drill"

    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=100, blank=True)
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(default=timezone.now)
    size = models.BigIntegerField(null=True, help_text="In bytes.")
    problem = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["kind", "-began_at"], name="backups_run_newest")]

    def __str__(self):
        return f"{self.get_kind_display()} {self.name}"

    @classmethod
    def newest(cls, kind) -> "Run | None":
        """The last one that went well."""
        return cls.objects.filter(kind=kind, problem="").order_by("-began_at").first()
