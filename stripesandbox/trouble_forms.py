"""What is typed to make trouble, and to move the clock."""

import json

from django import forms
from django.core.validators import RegexValidator

from stripesandbox import faults, mishaps, scripts
from stripesandbox.errors import StripeError

PATH = r"^[a-z_/]*$"
WRONG_PATH = "Enter the beginning of a path after /v1/, such as refunds or checkout/sessions."


WRONG_NUMBER = {
    "invalid": "Enter a number.",
    "min_value": "Enter %(limit_value)s or more.",
    "max_value": "Enter %(limit_value)s or less.",
}


class FaultForm(forms.Form):
    """Trouble of the API."""

    what = forms.ChoiceField(
        label="What goes wrong",
        choices=[
            ("500", "It answers 500"),
            ("503", "It answers 503"),
            ("429", "It answers 429, too many requests"),
            ("reset", "The connection is reset"),
            ("silent", "It never answers"),
            ("slow", "It is only slow"),
        ],
    )
    when = forms.ChoiceField(label="When", choices=[("before", "Before the work"), ("after", "After it: answer lost")])
    path = forms.CharField(
        label="Only calls that begin with", required=False, max_length=80, validators=[RegexValidator(PATH, WRONG_PATH)]
    )
    method = forms.ChoiceField(
        label="Which calls", required=False, choices=[("", "All"), ("POST", "Writes (POST)"), ("GET", "Reads (GET)")]
    )
    seconds = forms.FloatField(
        label="Seconds of delay", required=False, min_value=0, max_value=120, error_messages=WRONG_NUMBER
    )
    times = forms.IntegerField(
        label="How many times", required=False, min_value=1, max_value=10_000, error_messages=WRONG_NUMBER
    )

    def clean(self):
        typed = super().clean()
        if typed.get("what") == "slow" and not typed.get("seconds"):
            self.add_error("seconds", "Enter how many seconds it takes.")
        return typed

    def fault(self) -> faults.Fault:
        """The order, once the form is valid."""
        typed = dict(self.cleaned_data)
        what = typed.pop("what")
        kinds = {"status": int(what) if what.isdigit() else None, "reset": what == "reset", "silent": what == "silent"}
        return faults.Fault(**{**typed, "seconds": typed["seconds"] or 0, **kinds})


class MishapForm(forms.Form):
    """Trouble of events on their way."""

    kind = forms.ChoiceField(label="What happens to an event", choices=list(mishaps.KINDS.items()))
    types = forms.CharField(label="Only types that begin with", required=False, max_length=80)
    seconds = forms.FloatField(
        label="Seconds of delay", initial=3, min_value=0, max_value=3600, error_messages=WRONG_NUMBER
    )
    times = forms.IntegerField(
        label="How many events", required=False, min_value=1, max_value=10_000, error_messages=WRONG_NUMBER
    )

    def mishap(self) -> mishaps.Mishap:
        """The order, once the form is valid."""
        return mishaps.Mishap(**self.cleaned_data)


class ScriptForm(forms.Form):
    """A script by hand."""

    steps = forms.CharField(label="Steps", max_length=50_000, widget=forms.Textarea)

    def clean_steps(self):
        """The steps as a list: JSON, or one a line."""
        typed = self.cleaned_data["steps"].strip()
        try:
            lines = [line for line in typed.splitlines() if line.strip()]
            steps = json.loads(typed) if typed.startswith("[") else lines
            scripts.read(steps)
        except json.JSONDecodeError as error:
            raise forms.ValidationError(f"This is no JSON: {error.msg} in line {error.lineno}.") from None
        except StripeError as error:
            raise forms.ValidationError(str(error)) from None
        return steps


class ClockForm(forms.Form):
    """How far to go forward."""

    UNITS = {"hours": 3600, "days": 24 * 3600, "minutes": 60}
    count = forms.IntegerField(
        label="Go forward by", initial=3, min_value=1, max_value=10_000, error_messages=WRONG_NUMBER
    )
    unit = forms.ChoiceField(label="Unit", choices=[("days", "days"), ("hours", "hours"), ("minutes", "minutes")])

    def seconds(self) -> int:
        """The way in seconds, once the form is valid."""
        return self.cleaned_data["count"] * self.UNITS[self.cleaned_data["unit"]]
