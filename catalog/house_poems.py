"""The house's own poems: written and corrected by staff."""

from django.db import transaction

from audit.models import record
from catalog import ordering, public_catalog
from catalog.models import Poem

FIELDS = ("title", "author", "text", "language", "category")


class Twin(Exception):
    """The same poem is here already."""

    def __init__(self, poem: Poem):
        state = " (it is retired)" if poem.retired_at else ""
        super().__init__(f"This poem is here already, as “{poem}”{state}.")


def add(*, shown: bool, by, **fields) -> Poem:
    """Write a poem of the house. The same text is kept once, so the same form sent twice adds one poem."""
    with transaction.atomic():
        ordering.lock()
        if twin := Poem.objects.filter(owner=None, text=fields["text"]).first():
            raise Twin(twin)
        poem = Poem.objects.create(**fields)
        record(by, "poem.added", poem, after=_kept(poem))
        if shown:
            public_catalog.list_poem(poem, by=by)
    return poem


def change(pk: int, *, by, **fields) -> bool:
    """Correct a poem. False when it says all that already."""
    with transaction.atomic():
        poem = Poem.objects.select_for_update(no_key=True).get(pk=pk)
        before = _kept(poem)
        for name in FIELDS:
            setattr(poem, name, fields[name])
        after = _kept(poem)
        if before == after:
            return False
        poem.save(update_fields=FIELDS)
        record(by, "poem.changed", poem, before=before, after=after)
    return True


def _kept(poem: Poem) -> dict:
    """As the record keeps it: the text line by line, since it holds no line breaks."""
    category = poem.category and poem.category.slug
    return {name: getattr(poem, name) for name in FIELDS} | {"text": poem.text.split("\n"), "category": category}
