"""What somebody chooses for a cut, and for a picture of their own; judged here, made in cuts.py."""

from django import forms
from django.core.exceptions import ValidationError

from artwork import render
from catalog import queries as catalog
from catalog.models import Asset, Genre, Mood
from studio import cuts, queries, wishes
from studio.cuts import Order
from studio.generation import picture, poem
from tunables import values
from ui.forms import Form, MoneyField, OnceField

OWN = "own"
LANGUAGES = (
    ("en", "English"),
    ("ar", "العربية"),
    ("de", "Deutsch"),
    ("es", "Español"),
    ("fa", "فارسی"),
    ("fr", "Français"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("nl", "Nederlands"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ru", "Русский"),
    ("sv", "Svenska"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("zh", "中文"),
)


class CutForm(Form):
    """The choices of /make: a poem of the catalog or one's own, one picture, and how it sounds and looks."""

    form_key = OnceField()
    poem = forms.CharField(max_length=20, error_messages={"required": "Pick a poem, or write one."})
    title = forms.CharField(max_length=120, required=False)
    author = forms.CharField(max_length=120, required=False)
    text = forms.CharField(required=False, strip=True, label="Your poem", widget=forms.Textarea(attrs={"rows": 8}))
    language = forms.ChoiceField(choices=LANGUAGES, required=False)
    images = forms.MultipleChoiceField(error_messages={"required": "Pick a picture."})
    mood = forms.ChoiceField(choices=Mood.choices)
    genre = forms.ChoiceField(choices=Genre.choices)
    frame = forms.ModelChoiceField(None, to_field_name="slug", error_messages={"required": "Pick a frame."})
    style = forms.ModelChoiceField(None, to_field_name="slug", error_messages={"required": "Pick a style."})
    public = forms.BooleanField(required=False)
    price = MoneyField(required=False, zero=True)  # what stood beside the button

    service = cuts.LITE
    most_images = 1

    def __init__(self, *args, user=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.poems = list(queries.poems_for(user))
        self.pictures = list(queries.pictures_for(user if self.service == cuts.STUDIO else None))
        self.fields["frame"].queryset, self.fields["style"].queryset = catalog.frames(), catalog.styles()
        self.fields["images"].choices = [(asset.code, asset.title) for asset in self.pictures]
        self.initial = self._first_choices() | self.initial

    def _first_choices(self) -> dict:
        """Something is chosen from the start: one click makes a cut."""
        firsts = {name: self.fields[name].queryset.first() for name in ("frame", "style")}
        return {
            "poem": str(self.poems[0].pk) if self.poems else OWN,
            "images": [asset.code for asset in self.pictures[:1]],
            "mood": Mood.CALM.value,
            "genre": Genre.PIANO.value,
            **{name: choice.slug for name, choice in firsts.items() if choice},
        }

    @property
    def is_possible(self) -> bool:
        """Whether there is a picture, a frame and a style to choose at all."""
        return bool(self.pictures and self.initial.get("frame") and self.initial.get("style"))

    def clean_images(self):
        found = {asset.code: asset for asset in self.pictures}
        chosen = [found[code] for code in dict.fromkeys(self.cleaned_data["images"])]
        if len(chosen) > self.most_images:
            raise ValidationError(f"Pick {self.most_images} at most." if self.most_images > 1 else "Pick one picture.")
        return tuple(chosen)

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("poem") == OWN:
            self._judge_own(cleaned)
        elif "poem" in cleaned:
            chosen = next((poem for poem in self.poems if str(poem.pk) == cleaned["poem"]), None)
            if chosen is None:
                self.add_error("poem", "This poem is no longer here. Pick another one, or write one.")
            cleaned["chosen"] = chosen
        return cleaned

    def _judge_own(self, cleaned):
        text = cleaned.get("text", "")
        longest, most_lines = values.get("poem_characters_limit"), values.get("poem_lines_limit")
        if not text.strip():
            self.add_error("text", "Write your poem here, or pick one of ours.")
        elif len(text) > longest:
            self.add_error("text", f"This has {len(text):,} characters; a cut holds {longest:,}. Shorten it a little.")
        elif (lines := len(text.splitlines())) > most_lines:
            self.add_error("text", f"This has {lines:,} lines; a cut holds {most_lines}. Shorten it a little.")
        else:
            self._judge_type(cleaned, text)

    def _judge_type(self, cleaned, text):
        """What the typesetter would refuse is said at once."""
        try:
            render.check(cleaned.get("title", ""), cleaned.get("author", ""), text, cleaned.get("language") or "en")
        except render.Unrenderable as refusal:
            self.add_error("text", str(refusal))

    def order(self) -> Order:
        """What to make, once the form is valid."""
        cleaned, poem = self.cleaned_data, self.cleaned_data.get("chosen")
        chosen = {name: cleaned[name] for name in ("mood", "genre", "frame", "style")}
        if poem:
            said = {name: getattr(poem, name) for name in ("title", "author", "text", "language", "category")}
        else:
            title = cleaned["title"] or cleaned["text"].strip().splitlines()[0][:60]
            said = {"title": title, "author": cleaned["author"], "text": cleaned["text"]}
            said["language"] = cleaned["language"] or "en"
        fields = {"poem": poem, **said, **chosen}
        public = bool(self.user and cleaned["public"])
        generated = any(asset.origin == Asset.Origin.GENERATED for asset in cleaned["images"])
        written = getattr(poem, "written", None)
        made_with = (*(["poem"] if written else []), *(["image"] if generated else []))
        calls = wishes.calls_of(written, cleaned["images"])
        return Order(
            cleaned["form_key"], fields, cleaned["images"], public, self.service, made_with, calls, cleaned["price"]
        )


class StudioForm(CutForm):
    """The choices of /studio: one's own pictures and poems besides, and several pictures."""

    service = cuts.STUDIO

    @property
    def most_images(self) -> int:
        return values.get("studio_images_limit")


class PoemWishForm(Form):
    """A poem that a model is to write."""

    form_key = OnceField()
    theme = forms.CharField(max_length=poem.LONGEST_THEME)
    tone = forms.ChoiceField(choices=[(tone, tone.capitalize()) for tone in poem.TONES])
    language = forms.ChoiceField(choices=list(poem.LANGUAGES.items()))


class PictureWishForm(Form):
    """A picture that a model is to paint."""

    form_key = OnceField()
    theme = forms.CharField(label="The poem", max_length=picture.LONGEST_POEM, widget=forms.Textarea(attrs={"rows": 4}))
    tone = forms.CharField(label="Painted as", max_length=100, initial="an oil painting in soft light")


class RetryForm(Form):
    """Another try, at the price that stood beside the button."""

    price = MoneyField(zero=True)


class VisibilityForm(Form):
    """Who may see a cut."""

    visibility = forms.ChoiceField(
        choices=[(cuts.PRIVATE, "Only you"), (cuts.LINK, "Whoever has the link"), (cuts.PUBLIC, "Everybody")]
    )
