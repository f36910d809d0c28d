"""The panels of Referrals & Acquisition."""

from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.masking import sees_addresses
from accounts.models import User
from accounts.permissions import Perm
from referrals import queries
from referrals.models import Referral
from tunables import values
from ui import csv, filters, lists, panels
from ui.periods import PeriodForm

PRESETS = {"7d": "7 d", "30d": "30 d", "90d": "90 d"}


@require_safe
@requires(Perm.REFERRALS_READ)
def acquisition(request):
    """By source, channel, share code or invite: sign-ups of the period and what became of them.

    The first hundred, all of them as a file.
    """
    period = PeriodForm.of(request, PRESETS)
    by = filters.choice(request, "by", queries.GROUPS)
    found = queries.acquisition(period=period, by=by, most=_most(request))
    label, *_ = queries.GROUPS[by]
    if lists.csv_asked(request):
        names = [("channel", "Channel"), ("second", "Source")] if not by else [("channel", label)]
        columns = [*names, ("sign_ups", "Sign-ups"), ("topped_up", "Topped up")]
        columns += [("conversion", "Conversion", lambda way: round(way.conversion, 4)), ("paid_in", "Paid in")]
        columns += [("revenue", "Revenue")]
        return _file(found.rows, columns, "acquisition", by, period.label)
    context = {
        "ways": found.rows,
        "more": found.more,
        "by": by,
        "label": label,
        "period": period,
        "chips": filters.chips(request, "by", [(key, words) for key, (words, *_) in queries.GROUPS.items()]),
        "total": found.total,
    }
    return panels.render(request, "referrals/panels/acquisition.html", context, title="How users arrive")


@require_safe
@requires(Perm.REFERRALS_READ)
def share_codes(request):
    """What each code brought in the period; the first hundred, all of them as a file."""
    period = PeriodForm.of(request, PRESETS)
    found = queries.share_codes(period=period, most=_most(request))
    if lists.csv_asked(request):
        columns = [
            ("code", "Code"),
            *_member("member", "Member", request),
            ("visits", "Visits"),
            ("sign_ups", "Sign-ups"),
        ]
        columns += [
            ("topped_up", "First top-ups"),
            ("paid_in", "Paid in"),
            ("revenue", "Revenue"),
            ("reward", "Rewards to each"),
        ]
        columns += [("over_cap", "Cap hits")]
        return _file(found.rows, columns, "share-codes", period.label)
    context = {
        "rows": found.rows,
        "more": found.more,
        "over_cap": found.total,
        "limit": values.get("share_code_weekly_limit"),
        "period": period,
    }
    return panels.render(request, "referrals/panels/share_codes.html", context)


@require_safe
@requires(Perm.REFERRALS_READ)
def recent_signups(request):
    """The last 50 members and how each came; also a file."""
    members = queries.recent_signups()
    if lists.csv_asked(request):
        columns = [("date_joined", "When"), *_member("", "User", request)]
        columns += [(name, label, _acquired(name)) for name, label in ACQUIRED]
        return _file(members, columns, "recent-signups")
    return panels.render(request, "referrals/panels/recent_signups.html", {"members": members})


ACQUIRED = (
    ("get_channel_display", "Channel"),
    ("source", "Source"),
    ("medium", "Medium"),
    ("campaign", "Campaign"),
    ("referrer", "Referrer"),
    ("share_code", "Share code"),
    ("invite", "Invite"),
    ("share_target", "Share target"),
    ("landing_path", "First page"),
    ("first_seen_at", "First seen"),
)


@require_safe
@requires(Perm.REFERRALS_READ)
def referrals(request):
    """Whom members brought, by state; also a file."""
    states = Referral.State
    state = filters.choice(request, "state", states.values)
    rows = queries.referrals(state=state).order_by("-created_at", "-id")
    if lists.csv_asked(request):
        columns = [("created_at", "When"), *_member("member", "New member", request), ("code.code", "Code")]
        columns += [*_member("code.member", "Brought by", request), ("get_state_display", "Status"), ("doubt", "Doubt")]
        columns += [("reward", "Reward to each"), ("moved_at", "Given or taken back"), ("decided_at", "Decided")]
        return _file(rows, columns, "referrals", state)
    context = {
        "page": lists.page(rows, request, order=("-created_at", "-id"), size=20),
        "chips": filters.chips(request, "state", [("", "All"), *states.choices], queries.state_counts()),
        "filtered": state,
        "may": request.user.can(Perm.REFERRALS_MANAGE),
    }
    return panels.render(request, "referrals/panels/referrals.html", context)


@require_safe
@requires(Perm.REFERRALS_READ)
def member_referrals(request, pk):
    """For a user page: how they came, and whom they brought."""
    person = get_object_or_404(User, pk=pk)
    rows = queries.referrals(brought_by=person)
    context = {
        "person": person,
        "found": queries.member_referrals(person),
        "page": lists.page(rows, request, order=("-created_at", "-id"), size=10),
    }
    return panels.render(request, "referrals/panels/member_referrals.html", context, title="Referrals")


def _most(request) -> int | None:
    """How many rows a panel shows; None, all of them, in a file."""
    return None if lists.csv_asked(request) else queries.SHOWN


def _acquired(name: str):
    """The value of a column of the acquisition, where one was kept."""

    def value(member):
        found = getattr(getattr(member, "acquisition", None), name, None)
        return found() if callable(found) else found

    return value


def _member(path: str, label: str, request) -> list[tuple[str, str]]:
    """A person in a file: id and name, and the address for whoever may see it."""
    fields = {"id": "id", "name": "name"}
    if sees_addresses(request.user):
        fields["email"] = "e-mail"
    return [(f"{path}.{name}".removeprefix("."), f"{label}: {words}") for name, words in fields.items()]


def _file(rows, columns, name: str, *parts):
    """What the panel shows, as a file."""
    return csv.stream(rows, columns, csv.name(name, *parts))
