"""How an account reads in the list. Fifty rows of ten cells are too many for a template each, and for one as a loop."""

from collections.abc import Iterable
from functools import lru_cache

from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from accounts.models import Plan, User
from ui import format
from ui.templatetags import ui as tags

# Patterns for `%`, which is twice as fast as `format_map`; what is the same in each line is put in first, by `format`
TICK = """<td role="cell" class="chk">\
<input type="checkbox" name="id" value="%(pk)s" form="bulk" aria-label="Select %(who)s"></td>"""
WHO = """<th role="rowheader" scope="row"><a class="who" href="{to}%(pk)s/">\
<span class="avatar h%(hue)s" aria-hidden="true">%(initials)s</span>\
<span class="who-t"><span class="who-n">%(who)s</span>%(address)s</span></a></th>"""
ACTIONS = """<td role="cell" class="act"><button class="icon-btn small" type="button" popovertarget="m-%(pk)s" \
aria-label="Actions for %(who)s">{dots}</button>\
<div class="menu" id="m-%(pk)s" popover><a href="{to}%(pk)s/">Open</a>{act}</div></td>"""
ACT = '<a href="{to}?id=%(pk)s">{word}…</a>'
WORDS = ("suspend", "restore")
NUM = mark_safe(' class="num"')

TONES = {"Active": "good", "Suspended": "bad"}


badge = lru_cache(maxsize=256)(tags.badge)  # a page has few different ones, many times
UNCONFIRMED = mark_safe(" ") + tags.badge("Not confirmed", "warn")


def role(person: User):
    """The role in words; of staff as a badge."""
    return badge(person.role_title, "accent") if person.is_staff else person.role_title


def status(person: User):
    """The status as a badge; another where nobody showed that the address is theirs."""
    told = badge(person.status, TONES.get(person.status, ""))
    return told if person.deleted_at or person.confirmed_now else told + UNCONFIRMED


def code(person: User):
    """The code they came by; a dash for none."""
    return format_html("<code>{}</code>", format.code(person.code_now)) if person.code_now else format.NONE


def source(person: User):
    """Where they came from; a dash when it is not known."""
    return person.source_now or format.NONE


HIGHLIGHTED = (Plan.COMPED.label, Plan.PREMIUM.label)


def plan(person: User):
    """The plan; what is paid for or given as a badge."""
    return badge(person.plan_now, "accent") if person.plan_now in HIGHLIGHTED else person.plan_now or format.NONE


def assets(person: User):
    """How many they keep."""
    return format.count(person.assets_now)


def storage(person: User):
    """Bytes in words."""
    return format.size(person.storage_now)


def poems(person: User):
    """How many they keep."""
    return format.count(person.poems_now)


def credits(person: User):
    """What may be spent, in dollars; below it what is owed."""
    text = format.money(person.credit.available)
    if not person.credit.debt:
        return text
    return format_html('{}<br><span class="bad-ink">owes {}</span>', text, format.money(person.credit.debt))


def last_login(person: User):
    """A `<time>`; "Never" when there was none."""
    return format.when(person.last_login) if person.last_login else "Never"


def last_seen(person: User):
    """A `<time>`; "Never" when there was none."""
    return format.when(person.last_seen_at) if person.last_seen_at else "Never"


def joined(person: User):
    """A day in the business time zone."""
    return format.day(person.date_joined)


class Table:
    """The lines of one page as one viewer sees them: `bulk` is whether they may act on many accounts."""

    def __init__(self, shown, viewer, *, bulk: bool):
        self._shown, self._viewer, self._bulk = shown, viewer.pk, bulk
        self._lines = _patterns(tuple(shown), bulk)

    def lines(self, people: Iterable[User]) -> SafeString:
        """Each account as a `<tr>`."""
        return SafeString("\n".join(self._lines[self._act(one)] % self._words(one) for one in people))

    def _words(self, person: User) -> dict:
        words = {one.key: format.markup(one.cell(person)) for one in self._shown}
        words["pk"], words["hue"] = person.pk, format.hue(person)
        words["who"], words["initials"] = format.markup(person), format.markup(format.initials(person))
        words["address"] = f'<span class="who-e">{format.markup(person.email)}</span>' if person.name else ""
        return words

    def _act(self, person: User) -> str:
        """Which of `WORDS` this viewer may do to them; empty for none."""
        if not self._bulk or person.deleted_at or person.pk == self._viewer:
            return ""
        return "suspend" if person.is_active else "restore"


@lru_cache(maxsize=256)
def _patterns(shown: tuple, bulk: bool) -> dict[str, str]:
    """A line with these columns, by which of `WORDS` it offers."""
    named = ((NUM if one.num else "", one.label.replace("%", "%%"), f"%({one.key})s") for one in shown)
    cells = format_html_join("", '<td role="cell"{} data-label="{}">{}</td>', named)
    to, dots = reverse("accounts:users"), tags.icon("ellipsis", 18)
    acts = {w: ACT.format(to=reverse("accounts:new_bulk_act", args=[w]), word=w.capitalize()) for w in WORDS}
    begin = f'<tr role="row" id="user-%(pk)s">{TICK if bulk else ""}{WHO.format(to=to)}{cells}'
    return {w: f"{begin}{ACTIONS.format(dots=dots, to=to, act=act)}</tr>" for w, act in ({"": ""} | acts).items()}
