"""A report as a file, CSV or Excel: what is seen, and no address for who may see none."""

from django.db.models import QuerySet
from django.http import Http404

from accounts.masking import sees_addresses, without
from ui import csv, excel, filters

FORMATS = ("csv", "xlsx")
EXCEL_ROWS = 10_000  # a workbook is written whole before it is sent


def asked(request) -> str:
    """`csv` or `xlsx`; empty for the page."""
    return filters.choice(request, "format", FORMATS)


def fits(rows) -> bool:
    """Whether these are few enough for a workbook."""
    few = rows[: EXCEL_ROWS + 1]
    return (few.count() if isinstance(few, QuerySet) else len(few)) <= EXCEL_ROWS


def answer(request, rows, columns, *name):
    """The file; 404 for a workbook of too many rows, to which no link leads.

    What MaskAddresses does to text, which a workbook is not, is done here.
    """
    if asked(request) == "csv":
        return csv.stream(rows, columns, csv.name(*name))
    if not fits(rows):
        raise Http404
    if not sees_addresses(request.user):
        columns = [(key, label, _masked(csv_column)) for csv_column in columns for key, label in [csv_column[:2]]]
    return excel.answer(rows, columns, csv.name(*name))


def month(key: str, label: str):
    """A column of months, which are told alike in every file: `2026-06`."""

    def told(row):
        day = csv.value(row, (key, label))
        return f"{day:%Y-%m}" if day else None

    return key, label, told


def _masked(column):
    def shown(row):
        value = csv.value(row, column)
        return without(value) if isinstance(value, str) else value

    return shown
