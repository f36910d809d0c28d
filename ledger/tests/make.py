"""Short ways to put a member into a state."""

import itertools
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.db import connection

from ledger import posting

_numbers = itertools.count(1)


def D(amount) -> Decimal:
    return Decimal(str(amount))


def make_member():
    return get_user_model().objects.create(email=f"member-{next(_numbers)}@poemvision.example")


def make_top_up(member, cash, **more) -> str:
    """Book a top-up; the answer is its external id."""
    external_id = more.pop("external_id", None) or f"test:top_up:{next(_numbers)}"
    posting.top_up(member, cash=D(cash), external_id=external_id, **more)
    return external_id


def make_refund(member, amount, top_up, external_id=None) -> posting.Posting:
    external_id = external_id or f"test:refund:{next(_numbers)}"
    return posting.refund(member, D(amount), top_up_external_id=top_up, external_id=external_id)


def stands(member) -> tuple[Decimal, ...]:
    """(paid, granted, held, debt) as the wallet stores them."""
    member.wallet.refresh_from_db()
    return (member.wallet.paid, member.wallet.granted, member.wallet.held, member.wallet.debt)


def break_by(statement):
    """What only somebody with the keys to the database could do."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE tgname ~ '^ledger_'")
        triggers = cursor.fetchall()
        for table, name in triggers:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        cursor.execute(statement)
        for table, name in triggers:
            if name not in statement:
                cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
