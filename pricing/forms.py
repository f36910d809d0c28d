"""What staff type about prices, costs and providers' invoices."""

import datetime as dt
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator

from pricing import book, invoices
from pricing.models import Price, ProviderInvoice, Service, UnitCost
from ui import clock, periods
from ui.forms import DayField, Form, MoneyField, within_reach

a_provider = RegexValidator(r"\A[a-z0-9_]{1,40}\Z", "Small letters, digits and _ only, as in the price book.")
A_MOMENT = {"type": "datetime-local", "step": "60"}


class MomentField(forms.DateTimeField):
    """A moment in the business time zone, typed or chosen."""

    def __init__(self, **kwargs):
        super().__init__(
            widget=forms.DateTimeInput(attrs=A_MOMENT, format="%Y-%m-%dT%H:%M"),
            input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"],
            **kwargs,
        )

    def to_python(self, value):
        moment = super().to_python(value)
        if moment is None:
            return None
        within_reach(moment.date())
        return moment.replace(tzinfo=clock.zone())


class PriceForm(Form):
    """What members pay for one unit from a moment on."""

    amount = MoneyField(label="Price of one unit", maximum=10_000)
    valid_from = MomentField(label="Valid from", required=False, help_text="Empty: from now on.")
    model = Price

    def __init__(self, service: Service, *args, **kwargs):
        self.service = service
        super().__init__(*args, **kwargs)

    def add(self, *, by) -> bool:
        """Whether it could be added; if not, the form says why."""
        try:
            book.add(self.model, self.service, by=by, **self.cleaned_data)
        except book.Refused as why:
            self.add_error(why.field, str(why))
            return False
        return True

    def asked(self) -> dict | None:
        """What a preview may show before the form is sent; None while an amount is missing or wrong."""
        self.full_clean()
        found = {name: self.cleaned_data.get(name) for name in self.fields if name != "valid_from"}
        return None if None in found.values() else found


class CostForm(PriceForm):
    """What one unit is expected to cost us at a provider from a moment on."""

    provider = forms.CharField(label="Provider", max_length=40, validators=[a_provider])
    amount = MoneyField(label="Expected cost of one unit", maximum=10_000, zero=True)
    model = UnitCost
    field_order = ("provider", "amount", "valid_from")


class InvoiceForm(Form):
    """A provider's invoice, with an amount per service where it says them."""

    provider = forms.ChoiceField(label="Provider")
    number = forms.CharField(label="Number", max_length=100, help_text="As the provider numbers it.")
    first_day = DayField(label="First day")
    last_day = DayField(label="Last day")
    total = MoneyField(label="Total", maximum=Decimal(10_000_000), help_text="In US dollars, all of it.")
    note = forms.CharField(label="Note", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, providers, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["provider"].choices = [("", "Choose one"), *((one, one) for one in providers)]
        self.services = list(Service.objects.all())
        facts = {"required": False, "zero": True, "maximum": Decimal(10_000_000)}
        for service in self.services:
            self.fields[f"units_{service.pk}"] = forms.DecimalField(
                label=f"{service}: units", required=False, min_value=0, max_digits=20, decimal_places=6
            )
            self.fields[f"amount_{service.pk}"] = MoneyField(label=f"{service}: amount", **facts)

    @property
    def lines(self):
        """(service, field of its units, field of its amount)."""
        return [(one, self[f"units_{one.pk}"], self[f"amount_{one.pk}"]) for one in self.services]

    @property
    def has_lines(self) -> bool:
        """Whether any of them was filled in."""
        return any(field.value() for _, *both in self.lines for field in both)

    def clean_last_day(self):
        first, last = self.cleaned_data.get("first_day"), self.cleaned_data["last_day"]
        if first and last < first:
            raise ValidationError("The last day comes before the first.")
        if first and (last - first).days > 366:
            raise ValidationError("An invoice covers a year at most.")
        if last > periods.today() + dt.timedelta(days=31):
            raise ValidationError("This day is too far ahead.")
        return last

    def clean(self):
        found = super().clean()
        for service in self.services:
            if found.get(f"units_{service.pk}") and found.get(f"amount_{service.pk}") is None:
                self.add_error(f"amount_{service.pk}", "What did they cost?")
        return found

    def record(self, *, by) -> ProviderInvoice | None:
        """None where it cannot be recorded; the form says why."""
        facts = {name: self.cleaned_data[name] for name in ("provider", "number", "first_day", "last_day", "total")}
        try:
            return invoices.record(by=by, lines=self._lines(self.cleaned_data), note=self.cleaned_data["note"], **facts)
        except invoices.Refused as why:
            self.add_error(why.field, str(why))
            return None

    def _lines(self, found: dict) -> list[tuple[str, Decimal | None, Decimal]]:
        named = ((one.pk, found.get(f"units_{one.pk}"), found.get(f"amount_{one.pk}")) for one in self.services)
        return [line for line in named if line[2] is not None]


class MatchForm(Form):
    """What its calls were booked at when somebody decided."""

    booked = forms.DecimalField(widget=forms.HiddenInput, max_digits=20, decimal_places=6)


class PaidForm(Form):
    """The day on which an invoice was paid from the bank."""

    day = DayField(label="Paid on")

    def clean_day(self):
        if self.cleaned_data["day"] > periods.today():
            raise ValidationError("This day is still to come.")
        return self.cleaned_data["day"]


class ReasonForm(Form):
    """Why something is undone."""

    reason = forms.CharField(label="Reason", max_length=500)
