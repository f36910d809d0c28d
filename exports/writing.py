"""Write an export: one statement, one snapshot, constant memory. Then keep the file, and say so in the record."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from inspect import unwrap
from itertools import chain
from pathlib import Path

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models.expressions import RawSQL
from django.http import QueryDict
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from exports.columns import Column, Type
from exports.kinds import KINDS
from exports.models import NAMELESS, NOBODY, Export, Over
from exports.progress import Progress
from files import place, storing
from ui import clock, csv

SLICE = 2000
EXCEL_ROWS = 1_048_575  # a sheet holds no more, beside the headings
CONTENT_TYPES = {
    Export.Format.CSV: "text/csv; charset=utf-8",
    Export.Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
FORMATS = {Type.MONEY: "#,##0.00####", Type.TIME: "yyyy-mm-dd hh:mm:ss", Type.DATE: "yyyy-mm-dd"}


def run_job(job) -> None:
    """It may run again: what an earlier run that was killed had written goes first."""
    export = Export.objects.select_related("by").get(pk=job.payload["export"])
    if export.finished_at:
        return
    if export.query == NOBODY:
        export.refuse(NAMELESS)
        return
    kind = KINDS[export.kind]
    if not export.by.can(kind.perm):
        export.refuse("Whoever asked for it may not export any more.")
        return
    if not export.by.perms.issuperset(export.perms):  # a filter that is theirs no more would let more rows in
        export.refuse("The role of whoever asked for it has changed. Ask for it again.")
        return
    rows = kind.rows(export.by, QueryDict(export.query))
    columns = [column for column in kind.columns(export.by) if column.key in export.columns]
    total = rows.count()
    if export.format == Export.Format.XLSX and total > EXCEL_ROWS:
        export.refuse(f"An Excel sheet holds {EXCEL_ROWS:,} rows, and these are {total:,}. Take CSV.")
        return
    place.check_room()
    with _folder(export) as folder:
        path = folder / "written"
        with Progress(job, total) as progress:
            written = _write(export.format, path, rows, columns, progress)
        job.progress(written, written, "Keeping the file")
        _keep(export, path, written)


@contextmanager
def _folder(export: Export) -> Iterator[Path]:
    """Where it is written. Its lock goes with its process: a folder without one is left of a run that was killed."""
    room, prefix = place.waiting_room(), f"export-{export.pk}-"
    for left in room.glob(f"{prefix}*"):
        if lock := _lock(left):
            shutil.rmtree(left)
            os.close(lock)
    with tempfile.TemporaryDirectory(dir=room, prefix=prefix) as made:
        lock = _lock(Path(made))
        try:
            yield Path(made)
        finally:
            os.close(lock)


def _lock(folder: Path) -> int | None:
    """A handle that holds the folder's lock; None when another has it."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def _keep(export: Export, path: Path, written: int) -> None:
    try:
        with storing.keeping() as keep:
            content_type = CONTENT_TYPES[export.format]
            export.finish(keep(path, content_type=content_type, extension=f".{export.format}"), written)
    except Over:
        return


def _write(form: str, path: Path, rows, columns: list[Column], progress: Progress) -> int:
    if form == Export.Format.XLSX:
        return write_excel(path, rows, columns, progress)
    with path.open("wb") as out:
        return write_csv(out, rows, columns, progress)


def write_csv(out, rows, columns: list[Column], progress: Progress) -> int:
    """PostgreSQL formats, escapes and writes the lines; returns how many."""
    out.write(f"{csv.BOM}{_head(columns)}\r\n".encode())
    with _copied(rows, columns, Column.as_csv, "(FORMAT csv)") as lines:
        return _told(map(out.write, lines), progress)


def write_excel(path: Path, rows, columns: list[Column], progress: Progress) -> int:
    """A row is in the file, and out of memory, before the next one begins; returns how many."""
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": path.parent}
    book = Workbook(path, options)
    sheet = book.add_worksheet()
    _begin(book, sheet, columns)
    with _copied(rows, columns, Column.as_excel) as lines:
        lines.set_types(["text" if column.type is Type.TEXT else "float8" for column in columns])
        number = _told(_cells(book, sheet, columns, lines.rows()), progress)
    book.close()
    return number


def _begin(book: Workbook, sheet: Worksheet, columns: list[Column]) -> None:
    bold = book.add_format({"bold": True})
    for at, column in enumerate(columns):
        sheet.set_column(at, at, 24 if column.type is Type.TEXT else 18)
        sheet.write_string(0, at, column.label, bold)
    sheet.freeze_panes(1, 0)


def _cells(book: Workbook, sheet: Worksheet, columns: list[Column], lines: Iterable[tuple]) -> Iterator[None]:
    """Write each line below the heading."""
    looks = [book.add_format({"num_format": FORMATS[c.type]}) if c.type in FORMATS else None for c in columns]
    # Without their look for a place such as "A1": here it is always two numbers
    write_text, write_float = (unwrap(way).__get__(sheet) for way in (Worksheet.write_string, Worksheet.write_number))
    writers = [write_text if c.type is Type.TEXT else write_float for c in columns]
    cells = list(zip(range(len(columns)), writers, looks, strict=True))
    for number, line in enumerate(lines, 1):
        for (at, write, look), value in zip(cells, line, strict=True):
            if value is not None:
                write(number, at, value, look)
        yield


def _told(written: Iterable, progress: Progress) -> int:
    """Go through what writes a row with each step, and say how far it is; returns how many there were."""
    number = 0
    for number, _ in enumerate(written, 1):
        if not number % SLICE:
            progress.done = number
            progress.check()
    return number


@contextmanager
def _copied(rows, columns: list[Column], write: Callable, form: str = "") -> Iterator:
    """A COPY of the rows: PostgreSQL works ahead while this process writes. No lines where nothing can be found."""
    try:
        query, params = _query(rows, columns, write)
    except EmptyResultSet:  # the filter rules every row out, and Django asks no database then
        query, params = f"SELECT {', '.join(['NULL'] * len(columns))} WHERE false", ()
    with (
        _own_session(),
        connection.cursor() as cursor,
        # The driver's own cursor: Django's does not hand parameters to COPY
        cursor.cursor.copy(f"COPY ({query}) TO STDOUT {form}", params) as lines,
    ):
        yield lines


def _query(rows, columns: list[Column], write: Callable) -> tuple[str, tuple]:
    """What the file says, and its parameters: rows inside, in their order; around them how each value is written."""
    inner, params = rows.values_list(*(column.expression for column in columns)).query.sql_with_params()
    compiler = rows.query.get_compiler(connection=connection)
    names = [f"v{number}" for number in range(len(columns))]
    written = [
        compiler.compile(write(column, RawSQL(name, ())))  # noqa: S611 - a name made here
        for column, name in zip(columns, names, strict=True)
    ]
    outer, more = zip(*written, strict=True)
    # OFFSET 0: PostgreSQL would take the two apart again, and work a value out as often as it is named
    query = f"SELECT {', '.join(outer)} FROM ({inner} OFFSET 0) AS found({', '.join(names)})"  # noqa: S608
    return query, (*chain.from_iterable(more), *params)


def _head(columns: list[Column]) -> str:
    return ",".join(csv.cell(column.label) for column in columns)


@contextmanager
def _own_session():
    """A transaction of its own rules: as long as it takes, and times as people here read them."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', '0', true)")
            cursor.execute("SELECT set_config('TimeZone', %s, true)", [str(clock.zone())])
        yield
