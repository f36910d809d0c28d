"""What is kept, by the rules of today for what comes: where they became stricter, what was kept before follows.

A word keeps its number, so what was told of it stays. Where another is already what it becomes, its number is part of
it: panels add up rows that tell the same.
"""

from collections.abc import Callable

from django.db import IntegrityError, transaction

from sitestats import shapes
from sitestats.dictionaries import ORIGIN, describe_origin
from sitestats.kept import FOR_MANY, landing, way
from sitestats.models import Origin, Path, UserAgent

AT_ONCE = 2_000


def clean_words() -> int:
    """All dictionaries; how many words changed. Twice changes nothing."""
    return sum(clean(model.objects, cleaned) for model, cleaned in ((Path, path), (UserAgent, agent), (Origin, origin)))


def clean(rows, cleaned: Callable[..., tuple[dict, dict]]) -> int:
    """Some rows at a time, of which those that change are written, each by itself: it holds nobody up. How many did.

    `cleaned` answers with what changes of a row, and with that where another row is like it already. A row that
    somebody changes meanwhile, as who erases a person, is read again: nothing comes back.
    """
    rows, changed = rows.order_by("pk"), 0
    some = list(rows[:AT_ONCE])
    while some:
        for row in some:
            changed += _clean(rows, row, cleaned)
        some = list(rows.filter(pk__gt=some[-1].pk)[:AT_ONCE])
    return changed


def _clean(rows, row, cleaned: Callable[..., tuple[dict, dict]]) -> bool:
    """Whether it changed."""
    while row:
        new, apart = cleaned(row)
        if not new:
            return False
        as_read = {name: getattr(row, name) for name in new}
        if _write(rows.filter(pk=row.pk, **as_read), new, apart):
            return True
        row = rows.filter(pk=row.pk).first()
    return False


def _write(row, new: dict, apart: dict) -> int:
    try:
        with transaction.atomic():
            return row.update(**new)
    except IntegrityError:
        return row.update(**apart)


def path(row) -> tuple[dict, dict]:
    """An address that nothing answers to; those of ours are shapes by themselves."""
    return ({}, {}) if row.is_known else _text(row, lambda text: shapes.shape(None, text)[0], 120)


def agent(row) -> tuple[dict, dict]:
    return ({}, {}) if row.text.startswith(FOR_MANY) else _text(row, shapes.agent, 512)


def _text(row, rule: Callable[[str], str], longest: int) -> tuple[dict, dict]:
    mark = f" #{row.pk}"  # of one that was told apart before
    old = row.text.removesuffix(mark)
    new = rule(old)[:longest]
    return ({}, {}) if new == old else ({"text": new}, {"text": new[: longest - len(mark)] + mark})


def origin(row) -> tuple[dict, dict]:
    new = way(row)
    if not new:
        return {}, {}
    told = tuple(new.get(name, getattr(row, name)) for name in ORIGIN)
    key, apart = (describe_origin(words)[0] for words in (told, (*told, str(row.pk))))
    return new | {"key": key}, new | {"key": apart}


def acquisition(row) -> tuple[dict, dict]:
    """The application cannot change these: a migration can."""
    new = way(row) | landing(row)
    return new, new
