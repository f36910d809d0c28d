"""Accounts from a CSV: first a dry run that writes nothing and says of each line what it would do, errors first."""

import csv
import hashlib
import io
from dataclasses import dataclass

import tablib
from django.core.exceptions import ValidationError
from django.db import transaction
from import_export import resources
from import_export.results import RowResult

from accounts.forms import plain_name
from accounts.models import User
from audit.models import record

COLUMNS = ("email", "name")
MOST = 5000
KINDS = {
    RowResult.IMPORT_TYPE_ERROR: "Error",
    RowResult.IMPORT_TYPE_INVALID: "Error",
    RowResult.IMPORT_TYPE_NEW: "New",
    RowResult.IMPORT_TYPE_UPDATE: "Changed",
    RowResult.IMPORT_TYPE_SKIP: "The same",
}
ORDER = list(dict.fromkeys(KINDS.values()))


class Unreadable(Exception):
    """This is no CSV of accounts; the message is for whoever sent it."""


@dataclass(frozen=True)
class Line:
    """One line of the file, and what it would do."""

    number: int
    kind: str
    email: str
    name: str
    before: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Plan:
    """What all lines would do. `fingerprint` stands for exactly this, so that nothing else is done later."""

    lines: list[Line]

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(repr(sorted(self.lines, key=lambda line: line.number)).encode()).hexdigest()

    @property
    def counts(self) -> dict[str, int]:
        return {kind: sum(line.kind == kind for line in self.lines) for kind in ORDER}

    @property
    def changes(self) -> int:
        return 0 if self.counts["Error"] else self.counts["New"] + self.counts["Changed"]


class Accounts(resources.ModelResource):
    """New members, who set a password by "Forgot your password?"; of those that exist the name, of staff nothing."""

    class Meta:
        model = User
        fields = COLUMNS
        import_id_fields = ("email",)
        skip_unchanged = report_skipped = clean_model_instances = store_instance = use_transactions = True
        store_row_values = skip_html_diff = True

    def before_import_row(self, row, **kwargs):
        row["email"], row["name"] = row["email"].strip().lower(), row["name"].strip()

    def init_instance(self, row=None):
        person = User()
        person.set_unusable_password()
        return person

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        super().validate_instance(instance, import_validation_errors, validate_unique)
        plain_name(instance.name)
        if instance.is_staff or instance.deleted_at:
            raise ValidationError("Staff and deleted accounts are not changed by a file.")

    def after_save_instance(self, instance, row, **kwargs):
        if not instance.emailaddress_set.exists():
            instance.emailaddress_set.create(email=instance.email, primary=True, verified=False)


def check(text: str) -> Plan:
    """What an import would do. Nothing stays written."""
    return _plan(_run(text, dry_run=True))


def run(text: str, fingerprint: str, *, by) -> Plan:
    """Do it, if that is still exactly what was shown; otherwise nothing, and the plan says what is different now."""
    with transaction.atomic():
        plan = check(text)
        if plan.fingerprint == fingerprint and plan.changes:
            _run(text, dry_run=False)
            counts = {"new": plan.counts["New"], "changed": plan.counts["Changed"]}
            record(by, "users.imported", "users", after=counts | {"sha256": fingerprint})
    return plan


def _run(text: str, *, dry_run: bool):
    return Accounts().import_data(_table(text), dry_run=dry_run, raise_errors=not dry_run)


def _table(text: str) -> tablib.Dataset:
    rows = [row for row in csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")) if any(row)]
    head = tuple(cell.strip().lower() for cell in rows[0]) if rows else ()
    if set(head) != set(COLUMNS) or len(head) != len(COLUMNS):
        raise Unreadable("The first line names the columns: email,name.")
    if len(rows) - 1 > MOST:
        raise Unreadable(f"At most {MOST:,} accounts at once, and these are {len(rows) - 1:,}.")
    for number, row in enumerate(rows, 1):
        if len(row) != len(head):
            raise Unreadable(f"Line {number} has {len(row)} cells, and the first line {len(head)}.")
    emails = [row[head.index("email")].strip().lower() for row in rows[1:]]
    if twice := next((email for email in emails if emails.count(email) > 1), None):
        raise Unreadable(f"{twice} stands there twice.")
    return tablib.Dataset(*rows[1:], headers=head)


def _plan(result) -> Plan:
    lines = [_line(number, row) for number, row in enumerate(result.rows, 2)]
    return Plan(sorted(lines, key=lambda line: (ORDER.index(line.kind), line.number)))


def _line(number: int, row) -> Line:
    values = row.row_values
    person = row.instance
    email, name = (person.email, person.name) if person else (values.get("email", ""), values.get("name", ""))
    before = row.original.name if row.original and row.import_type == RowResult.IMPORT_TYPE_UPDATE else ""
    problem = " ".join([*_said(row.validation_error), *(str(error.error) for error in row.errors)])
    return Line(number, KINDS[row.import_type], email, name, before, problem)


def _said(error) -> list[str]:
    return error.messages if error else []
