"""Invite codes from a table: each line is judged as the form of new codes is, and makes its codes once."""

import uuid
from collections import Counter

from django.core.exceptions import ValidationError

from audit.models import record
from files.importing import Cell, Importing
from invites import codes
from invites.forms import CodesForm
from invites.models import Invite
from ui.fields import errors
from ui.format import count, money

MOST = 500
LINE = uuid.UUID("0f0e5a3c-7a58-4b0c-9d34-8f3f1c1f6a52")  # with it and what a line says, its codes are made once


class Codes(Importing):
    """One line, one or many codes alike. A line that was imported before makes nothing again."""

    columns = ("label", "number", "limit", "expires", "grant", "email", "domain")
    heads = ("Label", "Codes", "Sign-ups by each", "Last day", "Granted credit", "Meant for")
    most = MOST

    class Meta:
        model = Invite
        fields = ("label",)

    def before_import(self, dataset, **kwargs):
        self.made, self.said = 0, Counter()

    def before_import_row(self, row, **kwargs):
        super().before_import_row(row, **kwargs)
        typed = {"number": "1", "limit": "1"} | {key: cell for key, cell in row.items() if cell}
        form = CodesForm({**typed, "batch": uuid.uuid4()}, by=self.by)
        if not form.is_valid():
            raise ValidationError([f"{label}: {sentence}" for _, label, sentence in errors(form)])
        self.made += form.cleaned_data["number"]
        if self.made > MOST:
            raise ValidationError(f"With this line these are {self.made:,} codes; at most {MOST} at once.")
        says = repr([str(form.cleaned_data[column]) for column in self.columns])
        self.said[says] += 1  # two lines alike are two wishes
        row["facts"] = form.facts | {"batch": uuid.uuid5(LINE, f"{says} {self.said[says]}")}

    def get_instance(self, instance_loader, row):
        return Invite.objects.filter(batch=row["facts"]["batch"], number=1).first()

    def import_instance(self, instance, row, **kwargs):
        """The form has judged the line, and `codes.create` takes what it found."""

    def skip_row(self, instance, original, row, import_validation_errors=None):
        return instance.pk is not None

    def validate_instance(self, instance, import_validation_errors=None, validate_unique=True):
        """As `import_instance`."""

    def save_instance(self, instance, is_create, row, **kwargs):
        """Also in the dry run, which takes it back: so the gifts of all lines add up."""
        try:
            codes.create(by=self.by, **row["facts"])
        except codes.TooMuch as refusal:
            raise ValidationError(str(refusal)) from refusal

    def cells(self, row):
        values, facts = row.row_values, row.row_values.get("facts")
        if facts is None:
            typed = [values.get(column, "") for column in self.columns]
            return tuple(Cell(text) for text in [*typed[:5], " ".join(filter(None, typed[5:]))])
        grant = "As the setting says" if facts["grant"] is None else money(facts["grant"])
        lock = facts["email"] or facts["domain"] or "Everybody"
        shown = facts["label"], count(facts["number"]), count(facts["limit"]), values.get("expires", ""), grant, lock
        return tuple(Cell(text) for text in shown)

    def note(self, plan, result, counts):
        """One row for the import; each code has its own from `codes.create`."""
        made = sum(row.row_values["facts"]["number"] for row in result.rows if row.is_new())
        record(self.by, "invites.imported", "invites", after=counts | {"codes": made})
