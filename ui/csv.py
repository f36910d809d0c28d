"""CSV of what a list shows: RFC 4180, UTF-8 with BOM, absolute values, and no cell that a spreadsheet would run."""

import csv
import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from django.utils.text import slugify

from ui import clock

BOM = "\ufeff"
CHUNK = 2000
Column = tuple[str, str] | tuple[str, str, Callable]
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "|", "%")
# Where another spreadsheet, or another country's, begins a new cell: there too
_ENDS = re.compile(r"([;\t\r\n])")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _Echo:
    """A file that hands back what is written to it."""

    def write(self, line: str) -> str:
        return line


def stream(rows: Iterable, columns: Sequence[Column], filename: str, *, hide: str = "") -> StreamingHttpResponse:
    """A download. `columns` are (key, heading) or (key, heading, function of the row); a key is an attribute path.

    `hide` names columns that the viewer switched off (`?hide=fee,source`).
    """
    hidden = set(hide.split(","))
    shown = [column for column in columns if column[0] not in hidden]
    count = itertools.count()
    response = StreamingHttpResponse(_lines(_each(rows, count), shown), content_type="text/csv; charset=utf-8")
    response.rows = lambda: next(count)  # asked once, when it has been sent: how many there were
    response.headers["Content-Disposition"] = f'attachment; filename="{safe_name(filename)}.csv"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def name(*parts) -> str:
    """A file name that says what it holds: `name("top-ups", "refunded", period.label)`."""
    return "_".join(filter(None, (slugify(str(part)) for part in parts if part)))


def cell(value) -> str:
    """One value as text. Only text can be a formula; numbers keep their minus."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return _decimal(value)
    if isinstance(value, dt.datetime):
        return value.astimezone(clock.zone()).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, int | float | dt.date):
        return str(value)
    text = _CONTROL.sub("", str(value))
    parts = _ENDS.split(text)
    parts[2::2] = map(_harmless, parts[2::2])
    return _harmless("".join(parts))


def _harmless(text: str) -> str:
    first = text.lstrip(" \xa0")[:1]  # alone: with a combining mark behind it "=" would become another character
    return f"'{text}" if unicodedata.normalize("NFKC", first).startswith(_DANGEROUS) else text


def _lines(rows: Iterable, columns: Sequence[Column]):
    writer = csv.writer(_Echo())
    yield BOM + writer.writerow([cell(column[1]) for column in columns])
    for row in rows:
        yield writer.writerow([cell(value(row, column)) for column in columns])


def _each(rows: Iterable, count):
    for row in rows.iterator(chunk_size=CHUNK) if isinstance(rows, QuerySet) else rows:
        next(count)
        yield row


def value(row, column: Column):
    """What a column says of a row, as data."""
    if len(column) == 3:
        return column[2](row)
    for part in column[0].split("."):
        row = row[part] if isinstance(row, dict) else getattr(row, part)
        if row is None:
            return None
    return row() if callable(row) else row


def _decimal(value: Decimal) -> str:
    """Never an exponent; two places at least, six at most, the rest only where it says something."""
    value = round(value, 6) if value.is_finite() and value.as_tuple().exponent < -6 else value
    text = f"{value if value else abs(value):f}"  # nothing has no sign
    whole, _, rest = text.partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}" if rest else whole


def safe_name(filename: str) -> str:
    """What of a name may stand in a header."""
    kept = re.sub(r"[^A-Za-z0-9._-]+", "-", filename.removesuffix(".csv")).strip("-.")
    return kept[:120] or "export"
