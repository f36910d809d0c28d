"""Tables that people send as a file: CSV or Excel. What a file is, its content says; it becomes the text of a CSV."""

import csv
import datetime as dt
import io
import zipfile
from threading import BoundedSemaphore

import openpyxl

from files.formats import HEAD, Busy, Refused
from files.place import MEGABYTE

LIMIT = MEGABYTE
ROWS, COLUMNS, UNPACKED = 10_000, 50, 30 * MEGABYTE  # what a small file may unfold into
PARTS = 1_000_000  # tags and attributes, of which the reader holds a quarter of a kilobyte each
OTHERS = (b"%PDF", b"<", b"\x89PNG", b"\xff\xd8\xff", b"{")
ACCEPT = ".csv,.txt,.xlsx"
ZIP, OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
BOMS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
WRONG = "This is no table: choose a CSV or an Excel workbook (.xlsx)."
BROKEN = (
    "The workbook cannot be read: it is damaged, locked with a password, or not from Excel. Save it again as .xlsx."
)


_slot = BoundedSemaphore()


def takes_tables(view):
    """Mark a view whose form has one; as `files.uploads.takes_files`, for tables."""
    view.takes_files = _limit
    return view


def text_of(file) -> str:
    """The table of a file as the text of a CSV. Raises Refused with a sentence."""
    content = file.read(LIMIT + 1)
    _limit(content[:HEAD])
    return _from_workbook(content) if content.startswith(ZIP) else _from_text(content)


def _limit(head: bytes, name: str = "") -> int:
    """The largest size of what begins so, or Refused: decided by the first bytes, before the rest comes in."""
    if head.startswith(OLD_EXCEL):
        raise Refused("This is a workbook of an old Excel or one with a password. Save it as .xlsx or as CSV.")
    if head.startswith(OTHERS) or (b"\x00" in head and not head.startswith((ZIP, *BOMS))):
        raise Refused(WRONG)
    return LIMIT


def _from_text(content: bytes) -> str:
    try:
        text = content.decode(BOMS.get(content[:2], "utf-8-sig"))
    except UnicodeDecodeError as error:
        raise Refused("The letters cannot be read. In Excel choose “CSV UTF-8” when saving.") from error
    if "\x00" in text:
        raise Refused(WRONG)
    return text


def _from_workbook(content: bytes) -> str:
    """The first sheet. Formulas count as what they showed when the workbook was saved. One at a time in a process."""
    if not _slot.acquire(blocking=False):
        raise Busy
    try:
        _weigh(zipfile.ZipFile(io.BytesIO(content)))
        rows = _rows(openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True))
    except Refused:
        raise
    except Exception as error:  # a broken workbook makes its reader stumble in many ways
        raise Refused(BROKEN) from error
    finally:
        _slot.release()
    if len(rows) > ROWS:
        raise Refused(f"The sheet has more than {ROWS:,} rows.")
    return _as_csv(rows)


def _weigh(archive: zipfile.ZipFile) -> None:
    """Raise Refused when reading would take much memory or time, whatever it is that unfolds."""
    entries = archive.infolist()
    fits = sum(entry.file_size for entry in entries) <= UNPACKED
    if not fits or sum(text.count(b"<") + text.count(b"=") for text in map(archive.read, entries)) > PARTS:
        raise Refused("The workbook unfolds into far more than a table of this kind has. Save it as CSV.")


def _rows(book) -> list[list[str]]:
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what the file says of its size need not be true
    cells = sheet.iter_rows(max_row=ROWS + 1, max_col=COLUMNS, values_only=True)
    return [[_cell(value) for value in row] for row in cells]


def _as_csv(rows: list[list[str]]) -> str:
    """Without the empty cells at the end of the first row: a sheet is often wider than its table."""
    head = next(filter(any, rows), [])
    width = max((at for at, cell in enumerate(head, 1) if cell), default=0)
    text = io.StringIO()
    csv.writer(text).writerows(_fitted(row, width) for row in rows)
    return text.getvalue()


def _fitted(row: list[str], width: int) -> list[str]:
    filled = max((at for at, cell in enumerate(row, 1) if cell), default=0)
    return (row + [""] * width)[: max(width, filled)] if filled else []


def _cell(value) -> str:
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, float):
        return repr(int(value)) if value.is_integer() else repr(value)
    return "" if value is None else " ".join(str(value).splitlines())  # so that a row is a line
