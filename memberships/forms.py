"""What the lists of Memberships & Payments are narrowed by."""

from django import forms

from accounts.models import User
from memberships import history
from ui.forms import DayField


class PaymentFilter(forms.Form):
    """`?kind=refund&state=open&first=2026-11-01&last=2026-11-30&member=7`; what makes no sense is left out."""

    kind = forms.ChoiceField(choices=[("", "All"), *history.KINDS.items()], required=False)
    state = forms.ChoiceField(label="State", choices=[("", "Any state"), *history.STATES.items()], required=False)
    first = DayField(label="From", required=False)
    last = DayField(label="Until", required=False)
    member = forms.ModelChoiceField(User.objects.all(), required=False)

    @property
    def wanted(self) -> dict:
        """What is in force."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
