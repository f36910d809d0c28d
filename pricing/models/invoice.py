"""What providers bill: their invoices, service by service where they say so, and the papers themselves."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from files.models import StoredFile


class ProviderInvoice(models.Model):
    """What a provider bills for a period, in US dollars. Matched, it proves the cost of the calls of that period.

    Its verbs are in pricing/invoices.py. `matches` and `payments` count them, as one that was undone comes again.
    """

    provider = models.CharField(max_length=40)
    number = models.CharField(max_length=100, help_text="As the provider numbers it.")
    first_day = models.DateField()
    last_day = models.DateField()
    total = models.DecimalField(max_digits=20, decimal_places=6)
    note = models.TextField(blank=True)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    booked = models.DecimalField(max_digits=20, decimal_places=6, null=True, help_text="Of its calls, when matched.")
    matched_at = models.DateTimeField(null=True)
    matches = models.PositiveSmallIntegerField(default=0)
    changed_at = models.DateTimeField(null=True, help_text="When calls were matched to it or set free, the last time.")
    calls_from = models.DateTimeField(null=True, help_text="When the first call was answered that it ever proved.")
    calls_until = models.DateTimeField(null=True, help_text="When the last was.")
    paid_on = models.DateField(null=True)
    paid_at = models.DateTimeField(null=True, help_text="When the payment was booked.")
    payments = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "number"], name="pricing_invoice_once"),
            models.CheckConstraint(condition=Q(total__gt=0), name="pricing_invoice_above_zero"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="pricing_invoice_days"),
        ]
        indexes = [
            models.Index(fields=["-last_day", "-id"], name="pricing_invoices_latest"),
            models.Index(fields=["changed_at"], name="pricing_invoices_changed"),
        ]

    def __str__(self):
        return f"{self.provider} {self.number}"


class InvoiceFile(models.Model):
    """The invoice itself, as the provider sent it. One that another replaces stays; the latest counts."""

    invoice = models.ForeignKey(ProviderInvoice, models.CASCADE, related_name="files")
    stored = models.OneToOneField(StoredFile, models.PROTECT, related_name="+")
    filename = models.CharField(max_length=200, help_text="As it was named by whoever sent it.")
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]

    def __str__(self):
        return f"{self.invoice}: {self.filename}"


class InvoiceLine(models.Model):
    """What an invoice says of one service."""

    invoice = models.ForeignKey(ProviderInvoice, models.CASCADE, related_name="lines")
    service = models.ForeignKey("pricing.Service", models.PROTECT, related_name="+")
    units = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["invoice", "service"], name="pricing_one_line_of_a_service"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="pricing_line_not_below_zero"),
        ]

    def __str__(self):
        return f"{self.service_id}: {self.amount}"
