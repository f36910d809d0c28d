"""Show and edit one table of tunables, for any room: its panel and two actions are a few lines each.

A room `billing` that shows the table `topup` has, besides its panel, the actions `billing:change_tunable` and
`billing:reset_tunable` with the key in the address. The panel's template includes `tunables/_table.html`.
"""

import math
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from accounts.access import typed_before
from tunables import catalog, kinds, reach, values
from tunables.catalog import Tunable
from tunables.models import Override
from tunables.reach import Reach
from ui import actions


@dataclass(frozen=True)
class Plan:
    """A dangerous change that waits for a second click: what it is, where it is sent, and whom it would affect."""

    text: str
    words: str
    url: str
    reach: Reach


@dataclass
class Row:
    """One tunable as the table shows it; `text` is what stands in its field."""

    tunable: Tunable
    text: str
    version: int
    stored: Override | None
    room: str
    errors: list[str] = field(default_factory=list)
    plan: Plan | None = None

    @property
    def is_changed(self) -> bool:
        return self.stored is not None and self.stored.current is not None

    @property
    def on_trial(self) -> bool:
        return self.stored is not None and self.stored.on_trial

    @property
    def seconds_left(self) -> int:
        return max(1, math.ceil((self.stored.reverts_at - timezone.now()).total_seconds()))

    @property
    def now(self) -> str:
        return kinds.to_words(self.tunable.kind, values.get(self.tunable.key), self.tunable.unit)

    @property
    def before(self) -> str:
        """What holds again when the trial ends and nobody has kept the change."""
        value = values.typed(self.tunable, self.stored.previous)
        return kinds.to_words(self.tunable.kind, value, self.tunable.unit)

    @property
    def default(self) -> str:
        return kinds.to_words(self.tunable.kind, self.tunable.default, self.tunable.unit)

    @property
    def range(self) -> str:
        return kinds.range_words(self.tunable)

    @property
    def options(self) -> tuple[tuple[str, str], ...]:
        """(value, label) where one of a few is chosen."""
        if self.tunable.kind == "switch":
            return (("on", "On"), ("off", "Off"))
        return tuple((choice, choice.capitalize()) for choice in self.tunable.choices)

    @property
    def audit_target(self) -> str:
        return f"tunable:{self.tunable.key}"

    @property
    def change_url(self) -> str:
        return reverse(f"{self.room}:change_tunable", args=[self.tunable.key])

    @property
    def reset_url(self) -> str:
        return reverse(f"{self.room}:reset_tunable", args=[self.tunable.key])


def rows(table: str, room: str) -> list[Row]:
    """The rows of one table, in the order of the catalog."""
    stored = {row.key: row for row in Override.objects.select_related("changed_by")}
    return [_row(tunable, stored.get(tunable.key), room) for tunable in catalog.table(table)]


def waiting(request, table: str, room: str) -> list[Row]:
    """The rows for a panel: what was typed before the password was asked for stands in its field again, once."""
    shown = rows(table, room)
    for row in shown:
        if typed := typed_before(request, row.change_url):
            row.text, row.errors = typed.get("value", ""), ["Not saved yet: your password was asked for first."]
    return shown


def change(request, table: str, key: str, *, room: str, back: str):
    """Save what was typed. The row comes back: saved, or with its error and the typed text (422), or 409.

    A dangerous key comes back with whom the change would affect; it is saved when that has been seen.
    """
    typed = request.POST.get("value")
    return _answer(request, table, key, room, back, typed, lambda version: values.change(key, typed, **version))


def reset(request, table: str, key: str, *, room: str, back: str):
    """Back to the default."""
    return _answer(request, table, key, room, back, None, lambda version: values.reset(key, **version))


def _answer(request, table, key, room, back, typed, act):
    if key not in {tunable.key for tunable in catalog.table(table)}:
        raise Http404
    try:
        if plan := _plan(request, key, typed):
            return _planned(request, table, key, room, plan)
        act({"by": request.user, "version": version(request)})
    except ValidationError as refusal:
        return _refused(request, table, key, room, typed, refusal.messages, status=422)
    except values.Conflict as conflict:
        sentence = f"Somebody changed this meanwhile: it is now {conflict.current}. You entered {conflict.attempted}."
        sentences = [sentence, "Save again to have yours."]
        return _refused(request, table, key, room, conflict.attempted, sentences, status=409)
    row = _find(rows(table, room), key)
    toast = f"{key} is {'saved' if typed is not None else 'back at its default'}. It holds from the next request on."
    if row.on_trial:
        toast = f"{key} is on trial for 10 minutes. Keep it, or it goes back to {row.before}."
    response = actions.done(request, "tunables-changed", toast=toast, redirect=back)
    if not request.htmx:
        return response
    page = render(request, "tunables/_row.html", {"row": row})
    page.headers["HX-Trigger"] = response.headers["HX-Trigger"]
    return page


def _plan(request, key, typed) -> Plan | None:
    """What a change of a dangerous key would do, unless that has been seen, or the change is none or is refused."""
    tunable = catalog.CATALOG[key]
    if not tunable.dangerous:
        return None
    value = tunable.default if typed is None else kinds.parse(tunable, typed)
    text = kinds.to_text(tunable.kind, value)
    row = Override.objects.filter(key=key).first()
    is_old = version(request) != (row.current_version if row else 0)  # which is told instead, as a conflict
    if is_old or value == values.get(key) or request.POST.get("seen") == text:
        return None
    if sentences := values.refusals(key, value, by=request.user):
        raise ValidationError(sentences)
    words = kinds.to_words(tunable.kind, value, tunable.unit)
    return Plan(text, words, request.path, reach.foresee(key, value))


def _planned(request, table, key, room, plan):
    shown = rows(table, room)
    row = _find(shown, key)
    row.plan = plan
    if request.htmx:
        return render(request, "tunables/_row.html", {"row": row})
    context = {"rows": shown, "base": "backoffice.html", "title": "Sure?", "form_template": "tunables/_table.html"}
    return render(request, "ui/form_page.html", context)


def _find(shown: list[Row], key: str) -> Row:
    return next(row for row in shown if row.tunable.key == key)


def _refused(request, table, key, room, typed, sentences, *, status):
    """The row with what was typed and why it was refused; a plain browser gets the whole table on a page."""
    shown = rows(table, room)
    row = _find(shown, key)
    row.errors = sentences
    if typed is not None:
        row.text = typed
    if request.htmx:
        return render(request, "tunables/_row.html", {"row": row}, status=status)
    response = actions.invalid(request, "tunables/_table.html", {"rows": shown}, title="Not saved")
    response.status_code = status
    return response


def _row(tunable, stored, room) -> Row:
    text = kinds.to_text(tunable.kind, values.get(tunable.key))
    row = Row(tunable, text, stored.current_version if stored else 0, stored, room)
    if row.is_changed and not _readable(tunable, stored.current):
        row.errors = ["The stored value is unusable; the value shown holds instead. Save or reset it."]
    return row


def _readable(tunable, text) -> bool:
    try:
        kinds.parse(tunable, text)
    except ValidationError:
        return False
    return True


def version(request) -> int:
    """What the form showed. A missing or mangled version is an old one: it conflicts rather than overwrites."""
    text = request.POST.get("version", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else -1
