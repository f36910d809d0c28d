"""What staff type to make codes."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone

from accounts.permissions import Perm
from files.importing import TableForm
from tunables import values
from ui import clock
from ui.format import money
from ui.forms import DayField, Form, MoneyField, OnceField, plain_address, plain_name

a_domain = RegexValidator(
    r"^@?[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.(?!(?i:invalid)$)[A-Za-z0-9-]+$", "Write a domain such as example.com."
)


class CodesForm(Form):
    """One code or many alike. `by` makes them: what their role may give away is judged by it. `grant` is in USD."""

    number = forms.IntegerField(label="How many codes", min_value=1, max_value=500, initial=1)
    label = forms.CharField(
        label="Label",
        max_length=100,
        required=False,
        help_text="For you: what they are for.",
        validators=[plain_name],
    )
    limit = forms.IntegerField(label="Sign-ups by each", min_value=1, max_value=1_000_000, initial=1)
    expires = DayField(
        label="Last day",
        required=False,
        help_text="They work to the end of this day.",
    )
    grant = MoneyField(
        label="Granted credit",
        required=False,
        zero=True,
        maximum=1000,
    )
    email = forms.EmailField(
        label="Only for this address",
        required=False,
        max_length=254,
        validators=[plain_address],
        help_text="Whoever comes by a locked code gets their credit once they have confirmed the address.",
    )
    domain = forms.CharField(label="Only for this domain", required=False, max_length=253, validators=[a_domain])

    def __init__(self, *args, by, **kwargs):
        super().__init__(*args, **kwargs)
        self.by = by
        usual = money(values.get("invite_grant_usd"))
        self.fields["grant"].help_text = f"Empty: what the setting invite_grant_usd says at the sign-up, {usual} now."

    def clean_grant(self):
        """More than the usual is a gift of credit, for those who may give some."""
        amount, usual = self.cleaned_data["grant"], values.get("invite_grant_usd")
        if amount is not None and amount > usual and not self.by.can(Perm.CREDIT_ADJUST):
            raise ValidationError(f"Your role gives no more than the setting: {money(usual)}.")
        return amount

    def clean_expires(self):
        """A last day that is not over."""
        day = self.cleaned_data["expires"]
        if day and day < timezone.now().astimezone(clock.zone()).date():
            raise ValidationError("This day is over.")
        return day

    def clean(self):
        found = super().clean()
        if found.get("email") and found.get("domain"):
            self.add_error("domain", "Lock it to an address or to a domain, not to both.")
        if found.get("email") and (found.get("limit") or 1) > 1:
            self.add_error("limit", "One address signs up once.")
        return found

    batch = OnceField()

    @property
    def facts(self) -> dict:
        """For `invites.codes.create`: `expires_at` is the midnight after the last day, None: they do not expire."""
        facts = dict(self.cleaned_data)
        day = facts.pop("expires")
        midnight = day and clock.midnight(day + dt.timedelta(days=1))
        return facts | {"expires_at": midnight}


class ImportForm(TableForm):
    """Codes as lines of a table, as `invites.importing` reads them."""

    example = "label,number,limit,expires,grant,domain\nSpring fair,10,1,2027-05-31,3.00,\nPress,1,50,,,example.org"
    about = (
        "The first line names the columns, in any order: label, number, limit, expires, grant, email, domain; "
        "leave out those that you do not need. They mean what they do for new codes. At most 500 codes. "
        "A line that was imported before makes nothing again."
    )
