"""What may stand on a page of text."""

import re

from django import forms
from django.core.exceptions import ValidationError

from studio.documents.writing import LONGEST, SUPPORT
from ui import tokens
from ui.forms import Form

_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class DocumentForm(Form):
    title = forms.CharField(max_length=120)
    text = forms.CharField(
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 26, "spellcheck": "true"}),
        help_text=f"A blank line ends a paragraph. # begins a heading, - an entry of a list. {SUPPORT} is replaced.",
    )
    version = forms.IntegerField(min_value=0, max_value=10**9, widget=forms.HiddenInput)

    def clean_title(self):
        return " ".join(self.cleaned_data["title"].split())

    def clean_text(self):
        text = self.cleaned_data["text"].replace("\r\n", "\n").replace("\r", "\n").strip()
        if _INVISIBLE.search(text):
            raise ValidationError("There is an invisible character in this text. Paste it as plain text.")
        tokens.refuse_others(text, SUPPORT)
        return text
