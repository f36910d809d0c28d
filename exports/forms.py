"""What a file shall hold."""

from django import forms

from exports.columns import Column
from exports.models import Export
from ui.forms import Form, OnceField


class ExportForm(Form):
    """Format and columns; `query` is the list's own, and judged by the list's own filter."""

    format = forms.ChoiceField(choices=Export.Format.choices, initial="csv", widget=forms.RadioSelect)
    columns = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choose one column at least."}
    )
    query = forms.CharField(required=False, max_length=2000, widget=forms.HiddenInput)
    form_key = OnceField()

    def __init__(self, columns: list[Column], *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["columns"].choices = [(column.key, column.label) for column in columns]
