"""Free renders of visitors."""

from django.db import models


class Allowance(models.Model):
    """How many free renders a visitor, or a network address, has begun on one business day.

    `subject` is a hash salted with the day: no address is kept, and none can be followed over days.
    """

    subject = models.CharField(max_length=64)
    day = models.DateField()
    used = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "day"], name="studio_allowance_once")]

    def __str__(self):
        return f"{self.day}: {self.used}"
