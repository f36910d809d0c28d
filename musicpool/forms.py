"""What staff say about tracks."""

from django import forms

from catalog.models import Genre, Mood
from files import formats, uploads
from ui.format import size
from ui.forms import Form

TAKEN = "MP3, WAV, FLAC, Ogg or M4A."


def upload_context() -> dict:
    """What catalog/_upload_form.html needs to take music."""
    extensions = [name for name, kind in formats.KINDS.items() if kind == formats.MUSIC]
    limit = uploads.limits()[formats.MUSIC]
    return {
        "accept": ",".join(sorted(extensions)),
        "taken": f"{TAKEN} Up to {size(limit)} each.",
        "limits": {formats.MUSIC: limit},
        "changed": "musicpool-changed",
    }


class MoveForm(Form):
    """Another bucket."""

    mood = forms.ChoiceField(choices=Mood.choices)
    genre = forms.ChoiceField(choices=Genre.choices)


class DescribeForm(Form):
    """Title, licence and source."""

    title = forms.CharField(max_length=120)
    licence = forms.CharField(max_length=100, required=False)
    source = forms.CharField(max_length=300, required=False, help_text="Where it comes from, and who made it.")


class ReplaceForm(Form):
    """Another recording in the place of this one."""

    files = forms.FileField(label="New recording", help_text=TAKEN)


class UploadForm(Form):
    """New tracks of one bucket; the files themselves are taken one by one from the request."""

    licence = forms.CharField(max_length=100, required=False)
    source_note = forms.CharField(label="Source", max_length=300, required=False)


class FillForm(Form):
    """How many tracks were shown, with their price."""

    count = forms.IntegerField(min_value=1, max_value=100, widget=forms.HiddenInput)
