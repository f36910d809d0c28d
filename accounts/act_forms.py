"""What staff type in when they act on an account."""

from django import forms

from accounts.models import Plan
from ui.forms import EndField, Form, OnceField


class ReasonForm(Form):
    """Why, for the audit trail."""

    reason = forms.CharField(max_length=300, label="Reason", help_text="Kept in the audit trail; staff see it.")


class RestoreForm(Form):
    """Why, if there is more to say."""

    reason = forms.CharField(max_length=300, label="Reason", required=False)


class UntilForm(ReasonForm):
    """Why, and until when."""

    until = EndField(label="Until", required=False)


class PlanForm(UntilForm):
    """Which plan, why and until when."""

    plan = forms.ChoiceField(choices=Plan.given(), initial=Plan.COMPED, label="Plan")
    field_order = ("plan", "reason", "until")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].help_text = "Then the plan is again what is paid for. Empty: until somebody ends it."


class NoteForm(Form):
    """What to write down."""

    text = forms.CharField(label="Note", max_length=5000, widget=forms.Textarea(attrs={"rows": 3}))
    form_key = OnceField()


class EditNoteForm(Form):
    """Other words for a note; `version` is what was shown."""

    text = forms.CharField(label="Note", max_length=5000, widget=forms.Textarea(attrs={"rows": 5}))
    version = forms.IntegerField(widget=forms.HiddenInput)


class SuspendForm(UntilForm):
    """Why, until when at most, and what becomes of Premium that renews; `seen` is what was shown of that."""

    ends_premium = forms.BooleanField(required=False, label="End Premium after the paid period")
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["until"].help_text = "The account opens by itself when this day begins. Empty: until somebody does."
