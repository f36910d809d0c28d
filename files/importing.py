"""Rows from a table that people paste or send: first a dry run that writes nothing, then exactly what it showed.

A room says what a line is (`Importing`) and how its form reads (`TableForm`); templates/files/import.html shows both.
"""

import csv
import hashlib
import io
from collections import Counter, defaultdict
from dataclasses import dataclass

import tablib
from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from import_export import resources
from import_export.results import RowResult

from files import tables, uploads
from files.formats import Refused
from ui.forms import Form

KINDS = {
    RowResult.IMPORT_TYPE_ERROR: "Error",
    RowResult.IMPORT_TYPE_INVALID: "Error",
    RowResult.IMPORT_TYPE_NEW: "New",
    RowResult.IMPORT_TYPE_UPDATE: "Changed",
    RowResult.IMPORT_TYPE_SKIP: "The same",
}
TONES = {"Error": "bad", "New": "good", "Changed": "info"}
ORDER = list(dict.fromkeys(KINDS.values()))
STALE = "What the lines would do is not what was shown any more, or some are wrong. Nothing is imported; look again."
TOO_LARGE = "The table is larger than 1 MB, which is the most that is taken. Import it in parts."
LOCK = 0x1A9027  # among advisory locks: one import at a time


class Unreadable(Exception):
    """This is no such table; the message is for whoever sent it."""


@dataclass(frozen=True)
class Cell:
    """One cell as it is shown; `before` is what stands there now, None where that does not change."""

    text: str
    before: str | None = None


@dataclass(frozen=True)
class Line:
    """One line of the table, and what it would do.

    `number` is that of the line in the text or the sheet, from 1 on; `kind` is a word of KINDS; `under` is each cell
    with its head; `problem` is why it is an error, in sentences, or "".
    """

    number: int
    kind: str
    under: tuple[tuple[str, Cell], ...]
    problem: str = ""

    @property
    def tone(self) -> str:
        """The colour of its badge."""
        return TONES.get(self.kind, "")


@dataclass(frozen=True)
class Plan:
    """What all lines would do; `lines` stand by kind, errors first, and within one by number."""

    heads: tuple[str, ...]
    lines: list[Line]

    @property
    def fingerprint(self) -> str:
        """SHA-256 in hex of exactly this, so that nothing else is done later."""
        return hashlib.sha256(repr(sorted(self.lines, key=lambda line: line.number)).encode()).hexdigest()

    @property
    def counts(self) -> dict[str, int]:
        """Each word of KINDS -> its lines, 0 too."""
        found = Counter(line.kind for line in self.lines)
        return {kind: found[kind] for kind in ORDER}

    @property
    def changes(self) -> int:
        """How many lines would be written: none while one is wrong."""
        return 0 if self.counts["Error"] else self.counts["New"] + self.counts["Changed"]

    def holds(self, shown: str) -> bool:
        """Whether there is something to do, and it is exactly what was shown."""
        return bool(self.changes) and self.fingerprint == shown


class Importing(resources.ModelResource):
    """What a room's importing adds: the columns, what a line does, how it reads, and what is written down of it.

    `columns` may be in the first line, `needed` must be; `heads` are those of the table that shows the plan;
    `most` is how many lines are taken.
    """

    columns: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    once = ""  # a column in which nothing stands twice
    lasts = False  # this is no dry run
    heads: tuple[str, ...] = ()
    most = 5000

    class Meta:
        skip_unchanged = report_skipped = store_instance = use_transactions = store_row_values = skip_html_diff = True

    def __init__(self, by):
        super().__init__()
        self.by = by

    def before_import(self, dataset, **kwargs):
        """Where each value of `once` stands."""
        self.standing = defaultdict(list)
        for line, value in zip(self.numbers, dataset[self.once] if self.once else (), strict=bool(self.once)):
            self.standing[value].append(line)

    def before_import_row(self, row, row_number=0, **kwargs):
        """A line whose value stands elsewhere, too, or with other cells than the first is wrong (ValidationError)."""
        number = self.numbers[row_number - 1]
        if number in self.uneven:
            raise ValidationError(self.uneven[number])
        others = [line for line in self.standing[row[self.once]] if line != number] if self.once else []
        if others:
            raise ValidationError(f"{row[self.once]} stands in line {', '.join(map(str, others[:10]))}, too.")

    def tidy(self, column: str, cell: str) -> str:
        """A cell as it counts."""
        return cell.strip()

    def cells(self, row) -> tuple[Cell, ...]:
        """How a row of the result (django-import-export's RowResult) reads: one cell for each of `heads`."""
        raise NotImplementedError

    def note(self, plan: Plan, result, counts: dict) -> None:
        """Write down, in the transaction of the import, who imported what: `counts` has new, changed and sha256."""
        raise NotImplementedError

    def check(self, text: str) -> Plan:
        """What an import of this CSV would do. Nothing stays written. Raises Unreadable."""
        return self._plan(self._imported(text, dry_run=True))

    def run(self, text: str, shown: str) -> Plan:
        """Do it, if that is still exactly what was shown, the `fingerprint` of a plan; otherwise nothing.

        The plan is what it would do now: `plan.holds(shown)` says whether it was done. Raises Unreadable.
        """
        try:
            return self._run(text, shown)
        except IntegrityError:  # somebody was faster with what was new
            plan = self.check(text)
            if plan.holds(shown):
                raise
            return plan

    @transaction.atomic
    def _run(self, text: str, shown: str) -> Plan:
        """Import once, and take it back where what was done is not what was shown."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        result = self._imported(text, dry_run=False)
        plan = self._plan(result)
        if plan.holds(shown):
            counts = {"new": plan.counts["New"], "changed": plan.counts["Changed"], "sha256": shown}
            self.note(plan, result, counts)
        else:
            transaction.set_rollback(True)
        return plan

    def _imported(self, text: str, *, dry_run: bool):
        self.lasts = not dry_run
        result = self.import_data(self._table(text), dry_run=dry_run)
        for error in result.base_errors:  # of no line: not for who sent it
            raise error.error
        return result

    def _table(self, text: str) -> tablib.Dataset:
        """The lines below the first; `numbers` of them are kept, and of `uneven` ones why they are wrong."""
        found = _rows(text)
        numbers, rows = [number for number, _ in found], [row for _, row in found]
        head = [_folded(cell) for cell in rows[0]] if rows else []
        if not head or len(set(head)) != len(head) or not set(self.needed) <= set(head) <= set(self.columns):
            raise Unreadable(f"The first line names the columns: {','.join(self.columns)}.")
        if not 0 < len(rows) - 1 <= self.most:
            what = f"these are {len(rows) - 1:,}" if rows[1:] else "there is none"
            raise Unreadable(f"One to {self.most:,} lines below the first, and {what}.")
        self.numbers, wide = numbers[1:], len(head)
        self.uneven = {
            number: f"It has {len(row)} cell{'s' if len(row) > 1 else ''}, and the first line {wide}."
            for number, row in zip(numbers, rows, strict=True)
            if len(row) != wide
        }
        fitted = ((row + [""] * wide)[:wide] for row in rows[1:])
        return tablib.Dataset(*(list(map(self.tidy, head, row)) for row in fitted), headers=head)

    def _plan(self, result) -> Plan:
        lines = [self._line(number, row) for number, row in zip(self.numbers, result.rows, strict=True)]
        return Plan(self.heads, sorted(lines, key=lambda line: (ORDER.index(line.kind), line.number)))

    def _line(self, number: int, row) -> Line:
        said = row.validation_error.messages if row.validation_error else []
        problem = " ".join([*said, *(str(error.error) for error in row.errors)])
        return Line(number, KINDS[row.import_type], tuple(zip(self.heads, self.cells(row), strict=True)), problem)


def _rows(text: str) -> list[tuple[int, list[str]]]:
    """(number, cells) of the lines that are not empty.

    Between cells stands what the first of them has most of: comma, semicolon or tab.
    """
    text = text.removeprefix("\ufeff")
    first = text.lstrip("\r\n").partition("\n")[0]
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count))
    found, number = [], 1
    try:
        for row in lines:
            if any(row):
                found.append((number, row))
            number = lines.line_num + 1  # a cell may have lines of its own
    except csv.Error as error:
        raise Unreadable("This is no CSV: a cell is far too long, or a quotation mark never closes.") from error
    return found


def _folded(head: str) -> str:
    """The name of a column as it counts: "E-mail", as our own files have it, is `email`."""
    return "".join(filter(str.isalnum, head.lower()))


def _size(text: str) -> int:
    """Bytes of the lines as a browser sends them: whatever ended one, it ends with two there."""
    return len("\r\n".join(text.splitlines()).encode())


class TableForm(Form):
    """Lines as they are copied out of a spreadsheet, or a file with them."""

    example = about = ""
    text = forms.CharField(label="Lines", strip=False, required=False)
    file = forms.FileField(
        label="Or a file",
        required=False,
        widget=forms.FileInput(attrs={"accept": tables.ACCEPT}),
        help_text="CSV or Excel (.xlsx), at most 1 MB. It is read instead of the lines.",
    )

    def __init__(self, *args, refused=(), **kwargs):
        super().__init__(*args, **kwargs)
        self.refused = refused
        attrs = {"rows": 8, "spellcheck": "false", "wrap": "off", "placeholder": self.example}
        self.fields["text"].widget = forms.Textarea(attrs)
        self.fields["text"].help_text = self.about

    @classmethod
    def of(cls, request):
        """The form as it was sent, with why a file of it was refused on its way in."""
        return cls(request.POST, request.FILES, refused=[sentence for _, sentence in uploads.refused(request)])

    def clean(self):
        """A file becomes the lines, and they are shown in its place; a wrong one leaves what was typed."""
        found = super().clean()
        if self.refused:
            self.add_error("file", list(self.refused))
        elif file := found.get("file"):
            self._take(file)
        elif not found.get("text") and "text" not in self.errors:
            self.add_error("text", "Paste the lines, or choose a file.")
        return found

    def clean_text(self):
        """What was typed, unless it is larger than a file may be."""
        if _size(self.cleaned_data["text"]) > tables.LIMIT:
            raise ValidationError(TOO_LARGE)
        return self.cleaned_data["text"]

    def _take(self, file):
        try:
            text = tables.text_of(file)
        except Refused as sentence:
            return self.add_error("file", str(sentence))
        if _size(text) > tables.LIMIT:
            return self.add_error("file", TOO_LARGE)
        self.data = self.data.copy()
        self.data["text"] = self.cleaned_data["text"] = text
        return None

    def judged(self, act) -> Plan | None:
        """The plan that `act` makes of the lines; None when they cannot be read, and the form says why."""
        if not self.is_valid():
            return None
        try:
            return act(self.cleaned_data["text"])
        except Unreadable as why:
            self.add_error("text", str(why))
            return None
