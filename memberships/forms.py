"""What the lists of Memberships & Payments are narrowed by."""

from django import forms

from accounts.models import User
from memberships import entries
from ui.forms import DayField


class PaymentFilter(forms.Form):
    """`?kind=refund&state=open&first=2026-11-01&last=2026-11-30&member=7`; what makes no sense is left out.

    Of days that are none, and of a first one after the last, it says so.
    """

    kind = forms.ChoiceField(choices=[("", "All"), *entries.KINDS.items()], required=False)
    state = forms.ChoiceField(label="State", choices=[("", "Any state"), *entries.STATES.items()], required=False)
    first = DayField(label="From", required=False)
    last = DayField(label="Until", required=False)
    member = forms.ModelChoiceField(User.objects.all(), required=False)

    @property
    def wanted(self) -> dict:
        """What is in force."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @property
    def complaint(self) -> str:
        """What is wrong with the days, in a sentence."""
        wanted = self.wanted
        if wrong := [self[name].label for name in ("first", "last") if name in self.errors]:
            return f"{' and '.join(wrong)}: that is no day of the calendar, so it was left out."
        if "first" in wanted and "last" in wanted and wanted["first"] > wanted["last"]:
            return "The first day comes after the last, so there is nothing between them."
        return ""
