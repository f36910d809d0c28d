"""What is asked for before a month is closed, and of who knows how long work takes by hand."""

import datetime as dt

from django import forms
from django.core.exceptions import ValidationError

from accounting import closing
from studio.orders import TITLES
from ui.forms import ConfirmForm, Form, OnceField


class CloseForm(ConfirmForm):
    """The month's name, typed: a close is never undone."""

    def __init__(self, month: dt.date, *args, **kwargs):
        self.month = month
        super().__init__(f"{month:%B %Y}", *args, **kwargs)

    def close(self, *, by) -> bool:
        """Whether it could be closed; if not, the form says why."""
        try:
            closing.close(self.month, by=by)
        except closing.NotClosable as why:
            self.add_error(None, ValidationError(str(why)))
            return False
        return True


class BaselineForm(Form):
    """How long one cut would take by hand."""

    service = forms.ChoiceField(label="Service", choices=TITLES.items())
    low = forms.IntegerField(label="At least (min)", min_value=0, max_value=10_000)
    high = forms.IntegerField(label="At most (min)", min_value=0, max_value=10_000)
    note = forms.CharField(label="Where this comes from", max_length=500)
    form_key = OnceField()

    def clean(self):
        """The least is not more than the most."""
        low, high = self.cleaned_data.get("low"), self.cleaned_data.get("high")
        if low is not None and high is not None and low > high:
            self.add_error("high", "This is less than the least. Swap them.")
