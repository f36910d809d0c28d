"""A workbook of what a list shows: the columns of `ui.csv`, written whole before it is sent: for short lists."""

import datetime as dt
import io
from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.http import HttpResponse
from xlsxwriter import Workbook

from ui import clock, csv

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
LOOKS = {Decimal: "#,##0.00####", dt.datetime: "yyyy-mm-dd hh:mm:ss", dt.date: "yyyy-mm-dd"}


def answer(rows: Iterable, columns: Sequence[csv.Column], filename: str) -> HttpResponse:
    """A download of one sheet: numbers are numbers, times are in the business time zone, texts run nowhere."""
    out, count = io.BytesIO(), 0
    with Workbook(out, OPTIONS) as book:
        sheet = book.add_worksheet()
        looks = {kind: book.add_format({"num_format": look}) for kind, look in LOOKS.items()}
        sheet.set_column(0, len(columns) - 1, 20)
        sheet.freeze_panes(1, 0)
        bold = book.add_format({"bold": True})
        for at, column in enumerate(columns):
            sheet.write_string(0, at, column[1], bold)
        for count, row in enumerate(rows, 1):
            for at, column in enumerate(columns):
                _write(sheet, count, at, csv.value(row, column), looks)
    response = HttpResponse(out.getvalue(), content_type=CONTENT_TYPE)
    response.rows = lambda: count
    response.headers["Content-Disposition"] = f'attachment; filename="{csv.safe_name(filename)}.xlsx"'
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _write(sheet, row: int, at: int, value, looks: dict) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | dt.date):
        sheet.write_string(row, at, csv.cell(value))
    elif isinstance(value, dt.datetime):
        sheet.write_datetime(row, at, value.astimezone(clock.zone()).replace(tzinfo=None), looks[dt.datetime])
    elif isinstance(value, dt.date):
        sheet.write_datetime(row, at, value, looks[dt.date])
    else:
        sheet.write_number(row, at, value, looks.get(type(value)))
