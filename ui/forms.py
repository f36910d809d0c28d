"""Building blocks of forms. Input is judged once, here, and every refusal is a sentence that says what to do."""

import datetime as dt
import re
import uuid
from decimal import Decimal

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.utils import timezone

from ui import clock, format, periods

INVISIBLE = "There is an invisible character in it. Paste it as plain text."
SAYS = {  # instead of Django's words
    "null_characters_not_allowed": INVISIBLE,
    "min_value": "Write %(limit_value)s or more.",
    "max_value": "Write %(limit_value)s or less.",
    "max_length": "Write at most %(limit_value)s characters; these are %(show_value)s.",
}
LATEST = dt.date(2999, 12, 31)
_AMOUNT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_GROUPED = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]*)?")


class Form(forms.Form):
    """A form whose ids carry its name, as several share a page; the server refuses, in words beside the field."""

    use_required_attribute = False

    def __init__(self, *args, **kwargs):
        kwargs.setdefault("auto_id", f"{type(self).__name__.removesuffix('Form').lower()}-%s")
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if plain_address in field.validators:  # which says it better than what Django has against the same
                field.validators = [in_turn(plain_address, *field.validators)]
            if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
                field.error_messages["required"] = "Fill this in."
            field.error_messages = SAYS | field.error_messages


# Where addresses come in that are new: what a mail server takes, but nobody has, and a mask would not know at sight;
# and what is under .invalid (RFC 2606), where the pseudonyms of purged accounts stand
plain_address = RegexValidator(
    r"^(?!.*[@.]invalid$)[\w.!#$%&'*+^`{|}~-]+@[\w-]+(?:\.[\w-]+)+\Z",
    "Write an address such as ada@example.com.",
    flags=re.IGNORECASE,
)

# Control characters, and those that turn the direction of what follows in a list
plain_name = RegexValidator(
    "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]", "Write it on one line, in letters.", inverse_match=True
)


def in_turn(*validators):
    """A validator: what the first of these says that has something against a value."""

    def validate(value):
        for validator in validators:
            validator(value)

    return validate


def within_reach(day) -> None:
    """A validator: days of which calendars and databases still know the day after."""
    if not periods.EARLIEST <= day <= LATEST:
        raise ValidationError(f"Choose a day from {periods.EARLIEST.year} to {LATEST.year}.")


class DayField(forms.DateField):
    """A day, typed or chosen."""

    def __init__(self, **kwargs):
        super().__init__(validators=[within_reach], **{"widget": forms.DateInput(attrs={"type": "date"})} | kwargs)


class EndField(DayField):
    """Until when: a day in the future. Cleaned: when it begins in the business time zone, as UTC; None for no end."""

    def clean(self, value):
        day = super().clean(value)
        if day is None:
            return None
        moment = clock.midnight(day)
        if moment <= timezone.now():
            raise ValidationError("Choose a day in the future.")
        return moment


class MoneyField(forms.Field):
    """US dollars as Decimal: no NaN, infinity, exponent or negative zero, no more places than the ledger keeps."""

    widget = forms.TextInput

    def __init__(self, *, places=6, minimum=None, maximum=Decimal("1000000"), negative=False, zero=False, **kwargs):
        self.places, self.minimum, self.maximum = places, minimum, maximum
        self.negative, self.zero = negative, zero
        super().__init__(**kwargs)

    def widget_attrs(self, widget):
        return {"inputmode": "text" if self.negative else "decimal", "autocomplete": "off", "maxlength": "40"}

    def to_python(self, value):
        text = str(value or "").strip().replace("−", "-").replace("$", "", 1).strip()
        if not text:
            return None
        if _GROUPED.fullmatch(text):
            text = text.replace(",", "")
        if len(text) > 60 or not _AMOUNT.fullmatch(text):
            raise ValidationError("Enter an amount in dollars, such as 12.50.", "nonsense")
        amount = Decimal(text)
        self._judge(amount)
        return amount

    def _judge(self, amount: Decimal) -> None:
        if amount.is_zero() and (not self.zero or amount.is_signed()):
            raise ValidationError("Enter an amount other than zero." if not self.zero else "Write 0 without a minus.")
        if amount < 0 and not self.negative:
            raise ValidationError("Enter an amount above zero.")
        if -amount.as_tuple().exponent > self.places:
            raise ValidationError(f"Use at most {self.places} decimal places.")
        if abs(amount) > self.maximum:
            raise ValidationError(f"The largest amount is {format.money(self.maximum)}.")
        if self.minimum is not None and amount < self.minimum:
            raise ValidationError(f"The smallest amount is {format.money(self.minimum)}.")


class OnceField(forms.UUIDField):
    """A hidden one-time key: the same form sent twice carries the same key, so that it acts once."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs):
        kwargs.setdefault("initial", uuid.uuid4)
        kwargs.setdefault("error_messages", {"required": "Reload the page.", "invalid": "Reload the page."})
        super().__init__(**kwargs)


class ConfirmForm(Form):
    """For what cannot be undone: the name of the thing, typed."""

    typed = forms.CharField(widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}))

    def __init__(self, expected: str, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.expected = expected
        self.fields["typed"].label = f"Type “{expected}” to confirm"

    def clean_typed(self):
        typed = self.cleaned_data["typed"].strip()
        if typed != self.expected:
            raise ValidationError(f"This is not “{self.expected}”.")
        return typed
