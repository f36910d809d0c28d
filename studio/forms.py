"""What somebody chooses for a cut, and for a picture of their own; judged here, made in cuts.py."""

import re
import uuid

from django import forms
from django.core.exceptions import ValidationError

from catalog import queries as catalog
from catalog import verses
from catalog.models import Asset, Genre, Mood
from studio import cuts, queries, wishes
from studio.generation import picture, poem
from studio.orders import LITE, STUDIO, Order
from tunables import values
from ui.forms import Form, MoneyField, OnceField

OWN = "own"
PICTURES = catalog.AT_ONCE  # shown at first, and as many more each time
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
    category = forms.ModelChoiceField(None, required=False, to_field_name="slug", empty_label="None")
    images = forms.MultipleChoiceField(error_messages={"required": "Pick a picture."})
    mood = forms.ChoiceField(choices=Mood.choices)
    genre = forms.ChoiceField(choices=Genre.choices)
    frame = forms.ModelChoiceField(None, to_field_name="slug", error_messages={"required": "Pick a frame."})
    style = forms.ModelChoiceField(None, to_field_name="slug", error_messages={"required": "Pick a style."})
    public = forms.BooleanField(required=False)
    price = MoneyField(required=False, zero=True)  # what stood beside the button

    service = LITE
    most_images = 1

    def __init__(self, *args, user=None, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.poems = list(queries.poems_for(user))
        self._offer_pictures(catalog.offered_pictures(user if self.service == STUDIO else None))
        self.fields["frame"].queryset, self.fields["style"].queryset = catalog.frames(), catalog.styles()
        self.fields["category"].queryset = catalog.categories()
        self.fields["images"].choices = [(asset.code, asset.title) for asset in self.pictures]
        self.initial = self._first_choices() | self.initial

    def _offer_pictures(self, offered):
        """The first of them, or of the curated ones, and those that are chosen already; `more`: that there are more."""
        self.curated_only = "curated" in (self.data if self.is_bound else self.initial)
        listed = offered.filter(curated=True) if self.curated_only else offered
        asked = str((self.data if self.is_bound else self.initial).get("shown", ""))
        self.shown = min(max(int(asked) if re.fullmatch(r"[0-9]{1,5}", asked) else 0, PICTURES), catalog.MOST)
        found = list(listed[: self.shown + 1])
        self.more = len(found) > self.shown < catalog.MOST
        codes = self.data.getlist("images") if self.is_bound else self.initial.get("images", [])
        there = {asset.code for asset in found[: self.shown]}
        others = [code for code in codes[:100] if code not in there and re.fullmatch(r"[a-z0-9_]{1,20}", code)]
        chosen = offered.filter(code__in=others) if others else []
        self.pictures = [*found[: self.shown], *chosen]
        self.has_pictures = bool(self.pictures) or offered.exists()

    def among_pictures(self, more: bool = False):
        """The same choices, not judged yet, among as many pictures as before, or `more`."""
        chosen = {name: self[name].data for name in self.fields if name != "form_key"}
        chosen |= {"curated": True} if self.curated_only else {}
        return type(self)(initial=chosen | {"shown": self.shown + more * PICTURES}, user=self.user)

    def renew(self) -> None:
        """The same choices, as of a form that nobody has sent."""
        self.data = self.data.copy()
        self.data["form_key"] = str(uuid.uuid4())

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
        return bool(self.has_pictures and self.initial.get("frame") and self.initial.get("style"))

    def clean_text(self):
        """Browsers send a line break as two characters; it is one."""
        return self.cleaned_data["text"].replace("\r\n", "\n")

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
        if "text" in self.errors:
            return
        text = cleaned["text"]
        if not text.strip():
            self.add_error("text", "Write your poem here, or pick one of ours.")
            return
        language = cleaned.get("language") or "en"
        if sentence := verses.why_not(cleaned.get("title", ""), cleaned.get("author", ""), text, language):
            self.add_error("text", sentence)

    def order(self) -> Order:
        """What to make, once the form is valid."""
        cleaned, poem = self.cleaned_data, self.cleaned_data.get("chosen")
        chosen = {name: cleaned[name] for name in ("mood", "genre", "frame", "style")}
        if poem:
            said = {name: getattr(poem, name) for name in ("title", "author", "text", "language", "category")}
        else:
            title = cleaned["title"] or cleaned["text"].strip().splitlines()[0][:60]
            said = {"title": title, "author": cleaned["author"], "text": cleaned["text"]}
            said |= {"language": cleaned["language"] or "en", "category": cleaned["category"]}
        fields = {"poem": poem, **said, **chosen, "own_music": cleaned.get("music")}
        public = bool(self.user and cleaned["public"])
        generated = any(asset.origin == Asset.Origin.GENERATED for asset in cleaned["images"])
        written = getattr(poem, "written", None)
        made_with = (*(["poem"] if written else []), *(["image"] if generated else []))
        calls = wishes.calls_of(written, cleaned["images"])
        return Order(
            cleaned["form_key"], fields, cleaned["images"], public, self.service, made_with, calls, cleaned["price"]
        )


class StudioForm(CutForm):
    """The choices of /studio: one's own pictures, music and poems besides, curated music, and several pictures."""

    service = STUDIO
    music = forms.ModelChoiceField(
        None,
        required=False,
        to_field_name="code",
        error_messages={"invalid_choice": "This music is no longer here. Pick another one."},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["music"].queryset = catalog.offered_music(self.user)
        self.music_choices = list(self.fields["music"].queryset[:PICTURES])

    @property
    def most_images(self) -> int:
        return values.get("studio_images_limit")


class WishForm(Form):
    """What a model is to make, at the price that stood beside the button."""

    form_key = OnceField()
    price = MoneyField(zero=True)


class PoemWishForm(WishForm):
    """A poem that a model is to write."""

    theme = forms.CharField(max_length=poem.LONGEST_THEME)
    tone = forms.ChoiceField(choices=[(tone, tone.capitalize()) for tone in poem.TONES])
    language = forms.ChoiceField(choices=list(poem.LANGUAGES.items()))


class PictureWishForm(WishForm):
    """A picture that a model is to paint."""

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
