"""Accounts by what somebody types: the beginning of a name, of a word of it, of an address or of a code; an id."""

import re
from functools import reduce
from operator import or_

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, Func, Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import User
from invites.models import Redemption
from referrals.models import Referral, ShareCode
from ui.folding import begins, fold

WORDS = SearchVector("folded", config="simple")
FEW = 5_000
FEWEST_LETTERS = 4  # of a code: fewer are the beginning of too many


def search(people: QuerySet[User], words: str, *, code: str, by_email: bool) -> QuerySet[User]:
    """Those of `people` whom the words find; `code` is the words as `invites.codes.plain` writes them.

    Asked for all of it at once and in the order of a list, PostgreSQL walks along the order and takes the name of
    everybody apart. So each way is asked of its own index first, and where they find a few, the list is made of these.
    """
    ids = [int(words)] if words.isdecimal() and len(words) < 19 else []
    told = [begins(words, by_email=by_email) | Q(pk__in=ids)]
    if parts := [part for part in map(_beginning, fold(words).split()) if part]:
        told.append(Q(words=SearchQuery(" & ".join(parts), search_type="raw", config="simple")))
    came = _by_code(code) if len(code) >= FEWEST_LETTERS and " " not in words else []
    found = _few([User.objects.alias(words=WORDS).filter(one).values_list("pk") for one in told] + came)
    if found is None:
        return people.alias(words=WORDS).filter(reduce(or_, told + [Q(pk__in=way) for way in came]))
    return people.filter(_Among("pk", RawSQL("ARRAY(SELECT unnest(%s::bigint[]))", [found])))


class _Among(Func):
    """`id = ANY (array)`. PostgreSQL, which does not know how long the array is, takes it for short."""

    arg_joiner = " = ANY "
    template = "%(expressions)s"
    output_field = BooleanField()


def _few(ways: list[QuerySet]) -> str | None:
    """The ids that they find, as PostgreSQL writes an array; None when these are more than FEW."""
    few = [way[: FEW + 1] for way in ways]
    try:
        each, params = few[0].union(*few[1:], all=True)[: FEW + 1].query.sql_with_params()
    except EmptyResultSet:
        return "{}"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*), coalesce(array_agg(id), '{{}}')::text FROM ({each}) AS found (id)", params)
        number, ids = cursor.fetchone()
    return ids if number <= FEW else None


def _beginning(word: str) -> str:
    """A word of a name as PostgreSQL looks for its beginning; O'Brien is two there."""
    return " & ".join(f"{part}:*" for part in re.findall(r"\w+", word))


def _by_code(beginning: str) -> list[QuerySet]:
    """The ids of those who came by a code that begins so, or share one."""
    return [
        Redemption.objects.filter(invite__code__startswith=beginning).values_list("user"),
        Referral.objects.filter(code__code__startswith=beginning).values_list("member"),
        ShareCode.objects.filter(code__startswith=beginning).values_list("member"),
    ]
