"""What staff type at the list of accounts."""

from django import forms

from accounts.models import BulkAct
from files.importing import TableForm
from ui.forms import EndField, Form, OnceField, plain_name


class ViewForm(Form):
    """A name for the filter that is in force."""

    name = forms.CharField(label="Name", max_length=40, validators=[plain_name])
    query = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)


class BulkForm(Form):
    """Why and until when; `expected` is the number that was shown, `seal` of whom, `choice` how they were found."""

    reason = forms.CharField(label="Reason", max_length=300, validators=[plain_name])
    until = EndField(label="Until", required=False, help_text="Empty: until restored.")
    choice = forms.CharField(max_length=5000, widget=forms.HiddenInput)
    expected = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    seal = forms.CharField(max_length=64, widget=forms.HiddenInput)
    form_key = OnceField()

    def __init__(self, verb, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if verb != BulkAct.Verb.SUSPEND:
            del self.fields["reason"], self.fields["until"]


class ImportForm(TableForm):
    """Accounts."""

    example = "email,name\nada@example.org,Ada"
    about = (
        "The first line is email,name. Who is new becomes a member and sets a password by “Forgot your password?”; "
        "of who exists the name is changed. At most 5,000 lines."
    )
