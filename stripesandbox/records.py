"""Find and keep objects."""

from stripesandbox.errors import missing
from stripesandbox.models import Record, new_id, now


def add(kind: str, prefix: str, fields: dict, *, id: str | None = None, private: dict | None = None) -> Record:
    """Keep a new object; `fields` come after id, object, created and livemode."""
    id = id or new_id(prefix)
    created = fields.pop("created", None) or now()
    data = {"id": id, "object": kind, "created": created, "livemode": False, **fields}
    if kind in ("refund", "balance_transaction"):
        del data["livemode"]  # the two kinds that carry none
    return Record.objects.create(id=id, kind=kind, created=created, wire=data, private=private or {})


def blank(names: str) -> dict:
    """Fields that Stripe sends as null."""
    return dict.fromkeys(names.split())


def get(kind: str, id: str, param: str = "id") -> Record:
    """The object, or Stripe's resource_missing."""
    record = Record.objects.filter(kind=kind, id=id).first()
    if record is None:
        raise missing(kind, id, param)
    return record


def find(id: str | None) -> Record | None:
    """Any object by id."""
    return Record.objects.filter(id=id).first() if id else None


def of(kind: str, **fields):
    """The objects of a kind whose wire fields have these values, newest first."""
    wanted = {f"wire__{field}": value for field, value in fields.items() if value is not None}
    return Record.objects.filter(kind=kind, **wanted).order_by("-seq")


def merge_metadata(current: dict, change) -> dict:
    """Stripe's metadata rule: keys merge, an empty value removes its key, an empty hash removes all."""
    if change is None:
        return current
    if change == "":
        return {}
    merged = {**current, **change}
    return {key: value for key, value in merged.items() if value != ""}


def newest() -> int:
    """The number of the last record."""
    return Record.objects.order_by("-seq").values_list("seq", flat=True).first() or 0
