"""What staff may write into a slot."""

from django import forms
from django.core.exceptions import ValidationError

from ctas.models import Slot
from ctas.placements import CREDIT
from ctas.texts import Wanted
from ui import tokens
from ui.forms import Form

ZERO_WIDTH_JOINER = "\u200d"  # inside emoji


class SlotForm(Form):
    """One row of the table."""

    text = forms.CharField(max_length=140, widget=forms.Textarea(attrs={"rows": 2, "maxlength": 140}))
    enabled = forms.BooleanField(
        required=False, widget=forms.CheckboxInput(attrs={"class": "switch", "role": "switch"})
    )
    version = forms.IntegerField(min_value=0, max_value=10**9, widget=forms.HiddenInput)

    def __init__(self, slot: Slot, data=None):
        super().__init__(data, prefix=slot.key, initial={**slot.words, "version": slot.version})
        self.slot = slot
        self.fields["text"].label = f"{slot}: text"
        self.fields["enabled"].label = f"{slot}: enabled"

    def clean_text(self):
        """One line; and no token that nobody would replace."""
        text = " ".join(self.cleaned_data["text"].split())
        if not text.replace(ZERO_WIDTH_JOINER, "").isprintable():
            raise ValidationError("Write it on one line, without invisible characters.")
        tokens.refuse_others(text, CREDIT)
        return text

    @property
    def wanted(self) -> Wanted:
        return Wanted(key=self.slot.key, **{name: self.cleaned_data[name] for name in ("text", "enabled", "version")})
