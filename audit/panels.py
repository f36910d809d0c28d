"""Fragments of the page of logs."""

from django.views.decorators.http import require_safe

from accounts.access import requires
from accounts.masking import sees_addresses
from accounts.permissions import Perm
from audit import entries, queries
from ui import csv, filters, lists, panels
from ui.periods import PeriodForm

LOG_FILTERS = {"what": "What", "who": "Who", "whom": "To whom", "network": "Network"}
LOG_COLUMNS = [
    ("event.id", "Id"),
    ("event.at", "When"),
    ("signer.name", "Who"),
    ("signer.email", "E-mail"),
    ("behalf.name", "On behalf of"),
    ("done", "What"),
    ("target", "Target"),
    ("called", "To whom"),
    ("before", "Before", lambda entry: entry.side("before")),
    ("after", "After", lambda entry: entry.side("after")),
    ("note", "Note"),
    ("event.client", "Network"),
    ("device", "Device"),
    ("event.request_id", "Request"),
    ("event.position", "Row"),
]
HASH = ("event.hash", "Hash")  # seals what is hidden as well: a guess at that could be tried by it


@require_safe
@requires(Perm.LOGS_READ)
def integrity(request):
    """How far the chain has been verified, and when; its end, to be kept elsewhere."""
    position, head = queries.head()
    shown = head if sees_addresses(request.user) else ""
    context = {"check": queries.last_check(), "position": position, "head": shown}
    return panels.render(request, "audit/panels/integrity.html", context, title="Chain")


@require_safe
@requires(Perm.LOGS_READ)
def log(request):
    """One tab of the logs, filtered as the address says; also as a file."""
    tab = filters.choice(request, "tab", entries.TABS, entries.SIGN_INS)
    verbs = {verb: entries.in_words(verb) for verb in queries.verbs(tab)}
    asked = {name: filters.text(request, name) for name in LOG_FILTERS}
    asked["what"] = filters.choice(request, "what", verbs)
    by = filters.choice(request, "by", entries.BY)
    period = PeriodForm.of(request, entries.PERIODS)
    found = queries.log(tab=tab, by=by, period=period, by_email=sees_addresses(request.user), **asked)
    if lists.csv_asked(request):
        return _log_as_file(request, tab, period, found, asked)
    page = lists.page(found, request, order=("-id",))
    context = {
        "tab": tab,
        "nobody": "No such account" if sees_addresses(request.user) else "Hidden",
        "page": page,
        "entries": list(entries.told(page.rows, request.user)),
        "verbs": verbs,
        "asked": asked,
        "by": by,
        "doers": entries.BY,
        "period": period,
        "chips": filters.chips(
            request, "tab", [("" if key == entries.SIGN_INS else key, title) for key, title in entries.TABS.items()]
        ),
        "applied": filters.applied(request, {**LOG_FILTERS, "what": ("What", verbs), "by": ("By", entries.BY)}),
    }
    return panels.render(request, "audit/panels/log.html", context, title="Logs")


def _log_as_file(request, tab, period, found, asked):
    rows = entries.told(found.order_by("-id").iterator(chunk_size=1000), request.user)
    columns = [*LOG_COLUMNS, HASH] if sees_addresses(request.user) else LOG_COLUMNS
    return csv.stream(rows, columns, csv.name(tab, period.label, *asked.values()))
