"""How a figure of one account reads in the list. Fifty rows of eight cells are too many for a template each."""

from django.utils.html import format_html

from accounts.models import Plan, User
from ui import format

TONES = {"Active": "good", "Suspended": "bad"}


def badge(text: str, tone: str = ""):
    """As `ui/badge.html` has it."""
    return format_html('<span class="badge {}">{}</span>', tone, text)


def role(person: User):
    return badge(person.role_title, "accent") if person.is_staff else person.role_title


def status(person: User):
    return badge(person.status, TONES.get(person.status, ""))


def code(person: User):
    return format_html("<code>{}</code>", person.code_now) if person.code_now else format.NONE


def source(person: User):
    return person.source_now or format.NONE


def plan(person: User):
    return badge(person.plan_now, "accent") if person.plan_now == Plan.COMPED.label else person.plan_now or format.NONE


def assets(person: User):
    return format.count(person.assets_now)


def storage(person: User):
    return format.size(person.storage_now)


def poems(person: User):
    return format.count(person.poems_now)


def credits(person: User):
    text = format.money(person.credit.available)
    if not person.credit.debt:
        return text
    return format_html('{}<br><span class="bad-ink">owes {}</span>', text, format.money(person.credit.debt))


def last_login(person: User):
    return format.when(person.last_login) if person.last_login else "Never"


def last_seen(person: User):
    return format.when(person.last_seen_at) if person.last_seen_at else "Never"


def joined(person: User):
    return format.day(person.date_joined)
