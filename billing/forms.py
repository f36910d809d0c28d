"""What members and staff type about money, checked before anything is done with it."""

import uuid
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError

import tunables.values
from accounts.masking import sees_addresses
from accounts.models import User
from billing import queries
from billing.auto_settings import CONSENT
from billing.models import RefundRequest
from ui.format import money
from ui.forms import ConfirmForm, Form, MoneyField, OnceField

OTHER = "other"


class TopUpForm(Form):
    """An offered amount, or another one within the limits; `cleaned_data["amount"]` is Decimal US dollars."""

    choice = forms.CharField(max_length=20)
    other = MoneyField(label="Another amount", required=False, places=2)
    form_key = OnceField()

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("choice") != OTHER:
            offered = {f"{amount:.2f}": amount for amount in tunables.values.get("topup_presets_usd")}
            amount = offered.get(cleaned.get("choice"))
            if amount is None:
                self.add_error("choice", "Choose one of the offered amounts, or type another one.")
        else:
            amount = cleaned.get("other")
            if amount is None and not self.has_error("other"):
                self.add_error("other", "Type how much you want to top up.")
        if amount is not None:
            self._check_limits(amount)
            cleaned["amount"] = amount
        return cleaned

    def _check_limits(self, amount: Decimal) -> None:
        field = OTHER if self.cleaned_data.get("choice") == OTHER else "choice"
        least, most = tunables.values.get("topup_min_usd"), tunables.values.get("topup_max_usd")
        if not least <= amount <= most:
            self.add_error(field, f"Top-ups are between {money(least)} and {money(most)}.")


class AutoTopUpForm(Form):
    """What a member agrees to; each sum within the limits that staff set."""

    threshold = MoneyField(label="When my credit falls below", places=2)
    amount = MoneyField(label="Top up", places=2)
    monthly_cap = MoneyField(label="No more in a month than", places=2)
    consent = forms.BooleanField(
        label="I agree", help_text=CONSENT, error_messages={"required": "Tick this to turn it on."}
    )

    def clean_threshold(self):
        least = tunables.values.get("auto_topup_min_threshold_usd")
        if (threshold := self.cleaned_data["threshold"]) < least:
            raise ValidationError(f"Choose {money(least)} or more.")
        return threshold

    def clean_amount(self):
        amount = self.cleaned_data["amount"]
        least, most = tunables.values.get("topup_min_usd"), tunables.values.get("topup_max_usd")
        if not least <= amount <= most:
            raise ValidationError(f"Top-ups are between {money(least)} and {money(most)}.")
        return amount

    def clean_monthly_cap(self):
        most = tunables.values.get("auto_topup_max_monthly_usd")
        if (cap := self.cleaned_data["monthly_cap"]) > most:
            raise ValidationError(f"Choose {money(most)} or less.")
        return cap

    def clean(self):
        given = super().clean()
        threshold, amount, cap = (given.get(name) for name in ("threshold", "amount", "monthly_cap"))
        if threshold and amount and amount < threshold:
            self.add_error("amount", f"One top-up must reach the threshold: choose {money(threshold)} or more.")
        elif amount and cap and cap < amount:
            self.add_error("monthly_cap", f"There must be room for one top-up: choose {money(amount)} or more.")
        return given

    @property
    def sums(self) -> dict:
        """What a valid form agrees to."""
        return {name: self.cleaned_data[name] for name in ("threshold", "amount", "monthly_cap")}


class StopForm(Form):
    """Why staff turn a member's auto top-up off."""

    reason = forms.CharField(max_length=200, label="Reason", help_text="Kept in the audit trail; staff see it.")


class MemberField(forms.Field):
    """An e-mail address, for who may see them, a user id or a Stripe customer, turned into the user."""

    by_email = False
    widget = forms.TextInput

    def widget_attrs(self, widget):
        return {"list": "member-options", "autocomplete": "off", "spellcheck": "false", "maxlength": "254"}

    def to_python(self, value):
        text = str(value or "").strip()[:254].replace("\x00", "")
        if not text:
            return None
        user, problem = queries.find_member(text, by_email=self.by_email)
        if user is None:
            raise ValidationError(problem, code="unknown")
        return user

    def prepare_value(self, value):
        return value.email if isinstance(value, User) else value


class SpendingForm(Form):
    """Why a member's spending is frozen, or goes on; `seen` are the reasons of the freeze that were shown."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    reason = forms.CharField(max_length=200, label="Reason", help_text="Kept in the audit trail; staff see it.")


class AdjustmentForm(Form):
    """Grant (positive) or remove (negative) credit in the ledger only."""

    member = MemberField(label="Member", help_text="E-mail address, user id or Stripe customer.")
    amount = MoneyField(label="Amount", help_text="Positive grants, negative removes.", negative=True, zero=True)
    reason = forms.CharField(max_length=500, label="Reason", help_text="Kept with the entry and in the audit trail.")
    form_key = OnceField()

    def __init__(self, *args, by: User, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["member"].by_email = sees_addresses(by)

    def clean_amount(self):
        amount = self.cleaned_data["amount"]
        if amount == 0:
            raise ValidationError("Zero changes nothing. Type a positive amount to grant, a negative one to remove.")
        return amount


class DebtForm(Form):
    """What shall become of what a member owes. Who may not write off is not offered it."""

    choice = forms.ChoiceField(
        label="What to do",
        initial="carry",
        widget=forms.RadioSelect,
        choices=[
            ("carry", "Carry: granted credit may be spent, the next top-up pays the debt first"),
            ("block", "Block: nothing may be spent until the debt is paid"),
            ("write_off", "Write off: the debt is given up and booked as a loss"),
        ],
    )
    reason = forms.CharField(max_length=500, label="Reason", help_text="Kept in the audit trail.")
    owed = MoneyField(widget=forms.HiddenInput)
    form_key = OnceField()

    def __init__(self, *args, owed, may_write_off: bool, **kwargs):
        super().__init__(*args, initial={"owed": owed}, **kwargs)
        self.dialog_id = self.auto_id % "dialog"
        if not may_write_off:
            self.fields["choice"].choices = self.fields["choice"].choices[:2]


class RefundForm(ConfirmForm):
    """All or a part of a payment back to the card; confirmed by typing the member's e-mail address."""

    amount = MoneyField(label="Amount", places=2)
    stripe_reason = forms.ChoiceField(
        choices=RefundRequest.StripeReason.choices,
        label="What Stripe is told",
        help_text="After “Fraud” Stripe blocks this card and this e-mail address.",
    )
    reason = forms.CharField(
        max_length=500, label="Reason", help_text="Kept in the audit trail. The member does not see it."
    )
    form_key = OnceField()
    field_order = ("amount", "stripe_reason", "reason", "typed", "form_key")

    def __init__(self, payment, *args, by, **kwargs):
        member = payment.member  # typed by its id where the address may not be seen
        super().__init__(member.email if sees_addresses(by) else f"member {member.pk}", *args, **kwargs)

    def valid(self, name: str):
        """The value of one field while the rest is still being typed; None when it is not right."""
        self.full_clean()
        return self.cleaned_data.get(name)

    @property
    def asked(self) -> dict:
        """What a valid form asks for, without the words that only confirm it."""
        return {name: self.cleaned_data[name] for name in ("amount", "stripe_reason", "reason", "form_key")}

    def again(self, problem: str, *, field: str | None = None) -> None:
        """Refused by Stripe: told beside what was typed, which is another request when it is sent again."""
        self.add_error(field, problem)
        self.data = self.data.copy()
        self.data["form_key"] = str(uuid.uuid4())
