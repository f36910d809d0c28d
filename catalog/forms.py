"""What staff and members say about a file."""

import re

from django import forms
from django.core.exceptions import ValidationError

from catalog.models import Asset, Category, Mood
from ui.forms import Form

TAGS, TAG_LENGTH = 12, 40
CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class TagsField(forms.CharField):
    """Words with commas between them, each once, in lower case."""

    def __init__(self, **kwargs):
        help_text = f"With commas between them, at most {TAGS}."
        super().__init__(required=False, max_length=600, help_text=help_text, **kwargs)

    def prepare_value(self, value):
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value):
        words = (" ".join(CONTROL.sub(" ", word).lower().split()) for word in super().clean(value).split(","))
        tags = list(dict.fromkeys(word for word in words if word))
        if len(tags) > TAGS:
            raise ValidationError(f"At most {TAGS} tags.")
        if long := next((tag for tag in tags if len(tag) > TAG_LENGTH), None):
            raise ValidationError(f"“{long[:20]}…” is too long: at most {TAG_LENGTH} characters a tag.")
        return tags


class AboutForm(Form):
    """What members say about their uploads."""

    mood = forms.ChoiceField(choices=[("", "No mood"), *Mood.choices], required=False)
    category = forms.ModelChoiceField(Category.objects.none(), required=False, empty_label="No category")
    tags = TagsField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["category"].queryset = Category.objects.filter(retired_at=None)


class CuratedForm(AboutForm):
    """What staff say about the house's files."""

    curated = forms.BooleanField(
        label="Curated public pool", required=False, help_text="Offered to visitors on /make and in Studio at once."
    )
    licence = forms.CharField(max_length=100, required=False, help_text="For example CC0, or bought from whom.")
    source = forms.CharField(max_length=300, required=False, help_text="Where it comes from, or who made it.")


class AssetForm(CuratedForm):
    """The same for one asset that is there."""

    title = forms.CharField(max_length=120)
    field_order = ("title",)

    def __init__(self, *args, asset: Asset, **kwargs):
        names = ("title", "mood", "category", "tags", "curated", "licence", "source")
        super().__init__(*args, initial={name: getattr(asset, name) for name in names}, **kwargs)
        if asset.category:
            self.fields["category"].queryset |= Category.objects.filter(pk=asset.category_id)
