"""What staff write into the catalog."""

import re

from django import forms
from django.core.exceptions import ValidationError

from artwork.options import Colour, Number
from catalog import drawings, verses
from catalog.models import Asset, Category, Mood, Poem
from catalog.public_catalog import MOST, asset_ids
from ui.forms import Form

LONGEST_POEM = 20_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def one_line(text: str) -> str:
    """A title as it is shown: blanks closed up, nothing invisible."""
    text = " ".join(text.split())
    if _INVISIBLE.search(text):
        raise ValidationError("There is an invisible character in it.")
    return text


class PoemForm(Form):
    title = forms.CharField(max_length=120)
    author = forms.CharField(max_length=120, required=False)
    text = forms.CharField(
        max_length=LONGEST_POEM,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "true"}),
        help_text="A line per verse. A blank line begins a new stanza, which becomes a page of its own.",
    )
    language = forms.CharField(max_length=12, initial="en", help_text="Such as en, de or pt-BR.")
    category = forms.ModelChoiceField(Category.objects.none(), required=False, to_field_name="slug", empty_label="None")

    def __init__(self, *args, poem: Poem | None = None, **kwargs):
        if poem:
            kwargs["initial"] = {name: getattr(poem, name) for name in ("title", "author", "text", "language")}
            kwargs["initial"]["category"] = poem.category and poem.category.slug
        super().__init__(*args, **kwargs)
        offered = Category.objects.filter(retired_at=None)
        own = Category.objects.filter(pk=poem.category_id) if poem else Category.objects.none()
        self.fields["category"].queryset = offered | own

    def clean_title(self):
        return one_line(self.cleaned_data["title"])

    def clean_author(self):
        return one_line(self.cleaned_data["author"])

    def clean_text(self):
        """Verses as they stand, without blank lines around them or blanks behind them."""
        lines = [line.rstrip() for line in self.cleaned_data["text"].splitlines()]
        text = "\n".join(lines).strip("\n")
        if not text.strip():
            raise ValidationError("Fill this in.")
        if _INVISIBLE.search(text):
            raise ValidationError("There is an invisible character in this poem. Paste it as plain text.")
        return text

    def clean_language(self):
        language = self.cleaned_data["language"].strip()
        if not _LANGUAGE.fullmatch(language):
            raise ValidationError("Write a language tag such as en, de or pt-BR.")
        return language

    def clean(self):
        """A poem of the house must become a cut as well as anybody's."""
        poem = super().clean()
        said = [poem.get(name) for name in ("title", "author", "text", "language")]
        if None not in said and (sentence := verses.why_not(*said)):
            self.add_error("text", sentence)
        return poem


class ImagesForm(Form):
    ids = forms.CharField(
        label="Asset IDs",
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "placeholder": "as_7kq2m9xw4h3t, as_…"}),
        help_text="As many as you like, with spaces, commas, line breaks or anything else between them.",
    )

    def clean_ids(self):
        found = asset_ids(self.cleaned_data["ids"])
        if not found:
            raise ValidationError("There is no Asset ID in this. They look like as_7kq2m9xw4h3t.")
        if len(found) > MOST:
            raise ValidationError(f"These are {len(found)} IDs. Add at most {MOST} at once.")
        return self.cleaned_data["ids"]


class PlaceForm(Form):
    position = forms.IntegerField(min_value=0, max_value=100_000)


class ChoiceForm(Form):
    """A category, or a frame design or style with the options of its drawing as fields of their own."""

    title = forms.CharField(max_length=60)

    def __init__(self, kind, *args, row=None, **kwargs):
        if row:
            kwargs["initial"] = {"title": row.title}
        super().__init__(*args, **kwargs)
        self.kind, self.row = kind, row
        if not kind.drawn:
            return
        if row is None:
            titles = drawings.titles(kind.key)
            self.fields["drawing"] = forms.ChoiceField(choices=list(titles.items()))
        self.options = drawings.schema(kind.key, row.drawing) if row else {}
        for name, option in self.options.items():
            self.fields[f"option_{name}"] = _field(name, option, (row.options or {}).get(name, option.default))

    @property
    def option_fields(self):
        return [self[f"option_{name}"] for name in getattr(self, "options", {})]

    def clean_title(self):
        return one_line(self.cleaned_data["title"])

    def clean(self):
        """The options together, as the drawing judges them."""
        values = super().clean()
        if not self.kind.drawn or self.errors:
            return values
        drawing = self.row.drawing if self.row else values["drawing"]
        given = {name: values[f"option_{name}"] for name in self.options}
        try:
            options = drawings.check(self.kind.key, drawing, given)
        except drawings.InvalidOption as refusal:
            raise ValidationError(str(refusal)) from None
        return {"title": values["title"], "drawing": drawing, "options": options}


def _field(name: str, option, value):
    label = name.replace("_", " ").capitalize()
    if isinstance(option, Colour):
        widget = forms.TextInput(attrs={"type": "color"})
        return forms.CharField(label=label, initial=value, max_length=7, widget=widget)
    if isinstance(option, Number):
        widget = forms.NumberInput(attrs={"step": "any"})
        hint = f"From {option.least:g} to {option.most:g}."
        limits = {"min_value": option.least, "max_value": option.most}
        return forms.FloatField(label=label, initial=format(value, "g"), widget=widget, help_text=hint, **limits)
    return forms.ChoiceField(label=label, initial=value, choices=[(word, word.capitalize()) for word in option.words])


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
        label="Curated public pool",
        required=False,
        help_text="Pictures are offered to visitors on /make and in Studio at once, music in Studio. What plays on "
        "/make by mood and genre is in the Music Pool. Videos are only kept: cuts are made of pictures.",
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
