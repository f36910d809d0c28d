"""Keyset pages: no OFFSET, no COUNT, the same rows once each while others are added. Order columns hold no NULLs."""

import datetime as dt
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from urllib.parse import urlencode

from django.core import signing
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.utils.safestring import SafeString

from ui import format

COUNT_LIMIT = 10_000
_CURSORS = ("after", "before")
_PASSING = (*_CURSORS, "count", "format")  # parameters of one request, never of the next
_ARROWS = (("", "↑"), ("-", "↓"))
_TYPES = {
    dt.datetime: ("t", dt.datetime.isoformat, dt.datetime.fromisoformat),
    dt.date: ("d", dt.date.isoformat, dt.date.fromisoformat),
    Decimal: ("n", str, Decimal),
    uuid.UUID: ("u", str, uuid.UUID),
}
_READERS = {code: reader for code, _, reader in _TYPES.values()}


@dataclass(frozen=True)
class Page:
    """Rows, and the addresses of the pages around them."""

    rows: list
    next_url: str
    previous_url: str
    first_url: str
    count_url: str = ""
    sort: str = ""
    sorts: Mapping[str, str] = field(default_factory=dict)
    request: object = None


def first_rows(queryset: QuerySet, order: Sequence[str], number: int) -> list:
    """The first rows in an order."""
    return list(queryset.order_by(*order)[:number])


def page(
    queryset: QuerySet,
    request,
    *,
    order: Sequence[str] = ("-pk",),
    sorts: Mapping[str, str] | None = None,
    size: int = 50,
    counted: bool = False,
    first: Callable[[QuerySet, Sequence[str], int], list] = first_rows,
) -> Page:
    """One page of `queryset`, by `?after=` or `?before=`.

    `order` names the columns; the last one must be unique. `sorts` maps what `?sort=` may say to a column:
    `{"amount": "amount"}` allows `?sort=amount` and `?sort=-amount`. `counted` shows a lazy total beside the pager.
    `first` finds the first rows where another way is faster than this module's.
    """
    sorts = sorts or {}
    sort = request.GET.get("sort", "")
    if sort.removeprefix("-") in sorts:
        sign = "-" if sort.startswith("-") else ""
        order = (sign + sorts[sort.removeprefix("-")], sign + order[-1].removeprefix("-"))
    else:
        sort = ""
    rows, has_previous, has_next = _rows(queryset, request, tuple(order), size, first)
    return Page(
        rows=rows,
        next_url=address(request, after=_seal(rows[-1], order)) if has_next else "",
        previous_url=address(request, before=_seal(rows[0], order)) if has_previous else "",
        first_url=address(request),
        count_url=address(request, count="1") if counted else "",
        sort=sort,
        sorts=sorts,
        request=request,
    )


def bounded_count(queryset: QuerySet, limit: int = COUNT_LIMIT) -> str:
    """Exact up to the limit, then `10,000+`: a list never waits for a count of everything."""
    found = queryset.order_by()[: limit + 1].count()
    return f"{limit:,}+" if found > limit else f"{found:,}"


def count_asked(request) -> bool:
    """Whether the pager asks for the total only; answer with `count_response`."""
    return "count" in request.GET


def count_response(queryset: QuerySet) -> HttpResponse:
    """The total, as the few words that the pager shows."""
    total = bounded_count(queryset)
    return HttpResponse(f"{total} {'row' if total == '1' else 'rows'}", content_type="text/html")


def csv_asked(request) -> bool:
    """Whether the list is asked for as a file (`?format=csv`)."""
    return request.GET.get("format") == "csv"


def csv_url(request) -> str:
    """The address of the same list as a file."""
    return file_url(request, "csv")


def file_url(request, kind: str) -> str:
    """The same, `csv` or `xlsx`."""
    return address(request, format=kind)


def head(shown: Page, key: str, label: str) -> dict:
    """A column head: its link sorts by it, first descending for what is sorted already ascending."""
    if key not in shown.sorts:
        return {"label": label}
    now = {key: "ascending", f"-{key}": "descending"}.get(shown.sort, "")
    wanted = f"-{key}" if now == "ascending" else key
    return {"label": label, "url": address(shown.request, sort=wanted), "aria": now}


HEAD = '<th role="columnheader" scope="col" class="{css}"{aria}>{label}</th>'
SORTED = """<a href="{url}" hx-get="{url}" hx-target="closest [data-panel]" \
hx-sync="closest [data-panel]:queue last">{label}<span class="arrow" aria-hidden="true"></span></a>"""


def drawn_head(shown: Page, key: str, label: str, css: str = "") -> SafeString:
    """The same as it stands in the table."""
    told = head(shown, key, label)
    aria = SafeString(f' aria-sort="{told["aria"]}"') if told.get("aria") else ""
    link = format.each(SORTED, [told]) if "url" in told else label
    return format.each(HEAD, [{"css": css, "aria": aria, "label": link}])


def sort_choices(shown: Page, labels: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The same sorts for a select, which stands in for the column heads on a phone; empty where there are none."""
    sorts = [(key, label) for key, label in labels if key in shown.sorts]
    choices = [(f"{sign}{key}", f"{label} {arrow}") for key, label in sorts for sign, arrow in _ARROWS]
    return [("", "Sort by…"), *choices] if choices else []


def kept(request, *without: str) -> list[tuple[str, str]]:
    """What a filter form sends along unseen: the query without its own fields, cursors and formats."""
    left_out = {*_PASSING, *without}
    return [(key, value) for key, values in request.GET.lists() for value in values if key not in left_out]


def query(request, **changes) -> str:
    """The query string of a request with changes; None removes, cursors are dropped, empty values left out."""
    pairs = kept(request, *changes) + [one for one in changes.items() if one[1] not in (None, "")]
    return "&".join(_quoted(key, str(value)) for key, value in pairs)


@lru_cache(1000)
def _quoted(key: str, value: str) -> str:
    """A page says the same in dozens of addresses."""
    return urlencode({key: value})


def address(request, **changes) -> str:
    """The list with changes to its query, as in `query`."""
    asked = query(request, **changes)
    return f"{request.path}?{asked}" if asked else request.path


def _rows(queryset, request, order: tuple[str, ...], size: int, first) -> tuple[list, bool, bool]:
    after, before = (_open(request.GET.get(name, ""), order) for name in _CURSORS)
    if after:
        rows = first(queryset.filter(_beyond(order, after)), order, size + 1)
        if rows:
            return rows[:size], True, len(rows) > size
    elif before:
        back = tuple(_flip(name) for name in order)
        rows = first(queryset.filter(_beyond(back, before)), back, size + 1)
        if len(rows) > size:
            return rows[:size][::-1], True, True
    rows = first(queryset, order, size + 1)
    return rows[:size], False, len(rows) > size


def _flip(name: str) -> str:
    return name[1:] if name.startswith("-") else f"-{name}"


def _beyond(order: Sequence[str], values: Sequence) -> Q:
    """Rows after `values`: a<=v AND (a<v OR (a=v AND …)), a form that an index on the columns serves."""
    name, value = order[0], values[0]
    column, less = name.removeprefix("-"), name.startswith("-")
    strict = Q(**{f"{column}__{'lt' if less else 'gt'}": value})
    if len(order) == 1:
        return strict
    loose = Q(**{f"{column}__{'lte' if less else 'gte'}": value})
    return loose & (strict | (Q(**{column: value}) & _beyond(order[1:], values[1:])))


def _seal(row, order: Sequence[str]) -> str:
    """The place of a row in the order, signed: a cursor is never data from the viewer."""
    values = [_write(_value(row, name.removeprefix("-"))) for name in order]
    return signing.dumps(values, salt=_salt(order), compress=True)


def _open(cursor: str, order: Sequence[str]) -> list | None:
    """The values of a cursor; None when it is missing, forged or made for another order."""
    if not cursor:
        return None
    try:
        return [_read(value) for value in signing.loads(cursor, salt=_salt(order))]
    except signing.BadSignature:
        return None


def _salt(order: Sequence[str]) -> str:
    return "ui.lists:" + ",".join(order)


def _value(row, path: str):
    if isinstance(row, Mapping):
        return row[path]
    for name in path.split("__"):
        row = getattr(row, name)
    return row


def _write(value):
    for kind, (code, write, _) in _TYPES.items():
        if isinstance(value, kind):
            return [code, write(value)]
    return value


def _read(value):
    return _READERS[value[0]](value[1]) if isinstance(value, list) else value
