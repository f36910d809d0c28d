"""Accounts by what somebody types: the beginning of a name, of a word of it, of an address or of a code; an id.

Asked for all of it at once and in the order of a list, PostgreSQL walks along the order and takes the name of everybody
apart. So one statement asks the index of each way for ids first, and where these are few, the list is made of them.
"""

import re
from functools import reduce
from operator import or_

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db import connection
from django.db.models import BooleanField, Func, Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import User
from invites.models import Redemption
from referrals.models import Referral, ShareCode
from ui.folding import begins, fold

FEW = 5_000
FEWEST_LETTERS = 4  # of a code: fewer are the beginning of too many
WORDS = SearchVector("folded", config="simple")

_ID = "SELECT id FROM accounts_user WHERE id = %s"
_NAME = "SELECT id FROM accounts_user WHERE folded LIKE %s"
_WORDS = """SELECT id FROM accounts_user
    WHERE to_tsvector('simple'::regconfig, coalesce(folded, '')) @@ to_tsquery('simple'::regconfig, %s)"""
_EMAIL = "SELECT id FROM accounts_user WHERE email LIKE %s"
_INVITE = """SELECT r.user_id FROM invites_redemption r JOIN invites_invite i ON i.id = r.invite_id
    WHERE i.code LIKE %s"""
_REFERRAL = """SELECT r.member_id FROM referrals_referral r JOIN referrals_sharecode s ON s.id = r.code_id
    WHERE s.code LIKE %s"""
_SHARE_CODE = "SELECT member_id FROM referrals_sharecode WHERE code LIKE %s"
_IDS = "SELECT count(*), coalesce(array_agg(id), '{{}}')::text FROM ({} LIMIT {}) AS found (id)"


def search(people: QuerySet[User], words: str, *, code: str, by_email: bool) -> QuerySet[User]:
    """Those of `people` whom the words find; `code` is the words as `invites.codes.plain` writes them."""
    pk = int(words) if words.isdecimal() and len(words) < 19 else None
    lexemes = " & ".join(map(_beginning, re.findall(r"\w+", fold(words))))
    code = code if len(code) >= FEWEST_LETTERS and " " not in words else ""
    ids = _few(_ways(words, pk, lexemes, code, by_email))
    if ids is None:
        return _many(people, begins(words, by_email=by_email) | Q(pk__in=[] if pk is None else [pk]), lexemes, code)
    return people.filter(_Among("pk", RawSQL("ARRAY(SELECT unnest(%s::bigint[]))", [ids])))


def _ways(words: str, pk: int | None, lexemes: str, code: str, by_email: bool) -> list[tuple[str, object]]:
    """Each way that these words may mean: a statement for ids, and what it looks for."""
    name = fold(words)
    ways = [(_NAME, _like(name))] if name.strip() else []
    ways += [(_EMAIL, _like(words))] if name.strip() and by_email else []
    ways += [(_WORDS, lexemes)] if lexemes else []
    ways += [] if pk is None else [(_ID, pk)]
    return ways + ([(way, _like(code)) for way in (_INVITE, _REFERRAL, _SHARE_CODE)] if code else [])


def _few(ways: list[tuple[str, object]]) -> str | None:
    """The ids that they find, as PostgreSQL writes an array; None when these are more than FEW."""
    if not ways:
        return "{}"
    each = " UNION ALL ".join(f"({way} LIMIT {FEW + 1})" for way, _ in ways)
    with connection.cursor() as cursor:
        cursor.execute(_IDS.format(each, FEW + 1), [sought for _, sought in ways])
        number, ids = cursor.fetchone()
    return ids if number <= FEW else None


def _many(people: QuerySet[User], begun: Q, lexemes: str, code: str) -> QuerySet[User]:
    """The same ways as one condition, which the list is walked by."""
    told = [begun]
    if lexemes:
        told.append(Q(words=SearchQuery(lexemes, search_type="raw", config="simple")))
    if code:
        told.append(Q(pk__in=Redemption.objects.filter(invite__code__startswith=code).values("user")))
        told.append(Q(pk__in=Referral.objects.filter(code__code__startswith=code).values("member")))
        told.append(Q(pk__in=ShareCode.objects.filter(code__startswith=code).values("member")))
    return people.alias(words=WORDS).filter(reduce(or_, told))


class _Among(Func):
    """`id = ANY (array)`. PostgreSQL, which does not know how long the array is, takes it for short."""

    arg_joiner = " = ANY "
    template = "%(expressions)s"
    output_field = BooleanField()


def _beginning(word: str) -> str:
    """A word as PostgreSQL looks for its beginning."""
    return f"{word}:*"


def _like(beginning: str) -> str:
    return connection.ops.prep_for_like_query(beginning) + "%"
