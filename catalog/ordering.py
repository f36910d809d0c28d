"""The order of rows that staff arrange: one lock for all of it, and positions that are always 0, 1, 2 …"""

from django.db import connection, transaction

from audit.models import record

_LOCK = 0xCA7A1


def lock() -> None:
    """One change of the catalog's order at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])


def place(rows, pk: int, position: int, *, by) -> bool:
    """Put one of the rows at `position`, counted among them; the others close up. False when it stands there already.

    A place and not a direction: the same click sent twice moves once.
    """
    with transaction.atomic():
        lock()
        order = list(rows.order_by("position", "id"))
        moved = next((row for row in order if row.pk == pk), None)
        if moved is None:
            raise rows.model.DoesNotExist
        before = order.index(moved)
        order.remove(moved)
        after = min(max(position, 0), len(order))
        order.insert(after, moved)
        renumber(order)
        if before != after:
            noun = moved._meta.model_name
            record(by, f"{noun}.moved", moved, before={"position": before}, after={"position": after})
    return before != after


def renumber(order: list) -> None:
    """Give the rows the positions of their order; only those that differ are written."""
    wrong = [row for position, row in enumerate(order) if row.position != position]
    for position, row in enumerate(order):
        row.position = position
    if wrong:
        type(wrong[0]).objects.bulk_update(wrong, ["position"])
