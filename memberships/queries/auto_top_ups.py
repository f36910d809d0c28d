"""Auto top-ups of all members, for staff."""

from decimal import Decimal

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce, Least

import tunables.values
from accounts.queries import named
from billing import auto_top_ups as work
from billing.models import AutoTopUp, AutoTopUpAttempt, TopUp

AUTO_STATES = [("", "All"), ("on", "On"), ("capped", "Cap reached"), ("failing", "Failing"), ("off", "Off")]


def auto_top_ups(*, state: str = "", q: str = "", by_email: bool = False) -> QuerySet[AutoTopUp]:
    """Who has set one up, each with `used` in this month, the `cap` in force and how the last attempt stands."""
    mine = AutoTopUpAttempt.objects.filter(auto=OuterRef("pk")).order_by("-created_at")
    counted = mine.filter(created_at__gte=work.this_month(), top_up__status__in=work.COUNTED).order_by()
    used = counted.values("auto").annotate(total=Sum("top_up__amount")).values("total")
    last = {name: Subquery(mine.values(path)[:1]) for name, path in LAST.items()}
    rows = AutoTopUp.objects.filter(amount__isnull=False).select_related("member")
    rows = rows.annotate(used=Coalesce(Subquery(used), Decimal(0)), **last)
    rows = rows.annotate(cap=Least("monthly_cap", tunables.values.get("auto_topup_max_monthly_usd")))
    rows = rows.annotate(is_capped=Q(used__gt=F("cap") - F("amount")))
    if state:
        rows = rows.filter(_in_state(state))
    if q:
        rows = rows.filter(member__in=named(q, by_email=by_email))
    return rows


LAST = {
    "last_at": "created_at",
    "last_status": "top_up__status",
    "last_failure": "top_up__failure",
    "last_top_up": "top_up",
}


def _in_state(state: str) -> Q:
    return {
        "on": Q(is_on=True),
        "capped": Q(is_on=True, is_capped=True),
        "failing": Q(failures__gt=0),
        "off": Q(is_on=False),
    }[state]


def state_words(row: AutoTopUp) -> str:
    """How it stands, in words; of rows of `auto_top_ups`."""
    if not row.is_on:
        return row.get_off_because_display()
    return "Cap reached" if row.is_capped else "On"


AUTO_COLUMNS = (
    ("user", "User", lambda row: row.member.email),
    ("account", "Account", lambda row: row.member.status),
    ("threshold", "Below"),
    ("amount", "Amount"),
    ("cap", "Monthly cap"),
    ("used", "Used this month"),
    ("card", "Card"),
    ("state", "State", state_words),
    ("failures", "Failures in a row"),
    ("last_at", "Last attempt"),
    ("last_status", "It", lambda row: TopUp.Status(row.last_status).label if row.last_status else ""),
    ("last_failure", "Because"),
)
