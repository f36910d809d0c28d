"""Accounts by what somebody types: the beginning of a name, of a word of it, of an address or of a code; an id.

Asked for all of it at once and in the order of a list, PostgreSQL walks along the order and takes the name of everybody
apart. So one statement asks the index of each way for ids first, and where these are few, the list is made of them.
"""

import re
from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import BooleanField, F, Func, Q, QuerySet
from django.db.models.expressions import RawSQL

from accounts.models import User
from invites.codes import FEWEST_LETTERS, LENGTH, plain
from invites.models import Invite, Redemption
from referrals.models import Referral, ShareCode
from ui import filters, lists
from ui.folding import begins, fold

FEW = 5_000
WORDS = SearchVector("folded", config="simple")

_ID = "id = %s"
_NAME = "folded LIKE %s"
_WORDS = "to_tsvector('simple'::regconfig, coalesce(folded, '')) @@ to_tsquery('simple'::regconfig, %s)"
_EMAIL = "email LIKE %s"
# By a code of an invite, of somebody's sharing, or one's own: as one way it is planned in half the time
_CODE = """id = ANY(ARRAY(
    SELECT r.user_id FROM invites_redemption r JOIN invites_invite i ON i.id = r.invite_id WHERE i.code LIKE %s
    UNION ALL SELECT r.member_id FROM referrals_referral r JOIN referrals_sharecode s ON s.id = r.code_id
        WHERE s.code LIKE %s
    UNION ALL SELECT member_id FROM referrals_sharecode WHERE code LIKE %s))"""
_WAY = "(SELECT id, place FROM people WHERE {} LIMIT {})"
# The first `number` of those found, and how many were found altogether: by two ways counts twice
_FIND = """
    WITH people (id, place, folded, email) AS NOT MATERIALIZED ({people})
    SELECT id, place, total FROM (
        SELECT id, place, count(*) OVER () AS total FROM (SELECT * FROM ({ways}) AS each LIMIT {most}) AS found
        ORDER BY place {way}, id {way} LIMIT {enough}
    ) AS sorted GROUP BY id, place, total ORDER BY place {way}, id {way} LIMIT {number}
"""


# Whether somebody showed that the address is theirs; to put it in words takes Django longer than the answer
IS_CONFIRMED = """EXISTS (SELECT FROM account_emailaddress known
    WHERE known.user_id = accounts_user.id AND known.email = accounts_user.email AND known.verified)"""
_READ = f"""SELECT accounts_user.*, {IS_CONFIRMED} AS confirmed_now, total
    FROM ({{few}}) AS few JOIN accounts_user USING (id) ORDER BY place {{way}}, id {{way}}"""  # noqa: S608 - constants


class Search:
    """What somebody typed. An address and a whole code mean one thing; anything else may mean several."""

    def __init__(self, words: str, *, by_email: bool):
        words = words.lower().removeprefix("#").strip()  # as ids are written elsewhere
        code = plain(words)
        self._words, self._by_email = words, by_email
        self._one = self._address() if "@" in words else _by_code(code)
        self._pk = filters.number(words)
        self._lexemes = " & ".join(f"{word}:*" for word in re.findall(r"\w+", fold(words)))
        self._code = code if len(code) >= FEWEST_LETTERS and " " not in words else ""

    def among(self, people: QuerySet[User]) -> QuerySet[User]:
        """Those of `people` whom it finds."""
        if self._one:
            return people.filter(self._one)
        if not (asked := self._asked(User.objects.all(), ("pk", "pk"), FEW)):
            return people.none()
        with connection.cursor() as cursor:
            cursor.execute(*asked)
            found = cursor.fetchall()
        if found and found[0][-1] > FEW:
            return self._filtered(people)
        ids = [pk for pk, *_ in found]
        return people.filter(_Among("pk", RawSQL("ARRAY(SELECT unnest(%s::bigint[]))", [ids])))

    def first(self, people: QuerySet[User], order: Sequence[str], number: int) -> list[User]:
        """The first of them, for `ui.lists.page`: where they are few, one statement finds and reads them."""
        if self._one:
            return first(people.filter(self._one), order, number)
        if not (asked := self._asked(people, order, number)):
            return []
        statement, parameters = asked
        way = _way(order)
        found = list(User.objects.raw(_READ.format(few=statement, way=way), parameters))
        return first(self._filtered(people), order, number) if found and found[0].total > FEW else found

    def _asked(self, people: QuerySet[User], order: Sequence[str], number: int) -> tuple[str, list] | None:
        """What finds the first in this order, which is a column and then the id, with the number of all; or None."""
        ways = self._ways()
        if not ways:
            return None
        asked = people.order_by().annotate(place=F(order[0].removeprefix("-")))
        try:
            sql, parameters = asked.values_list("pk", "place", "folded", "email").query.sql_with_params()
        except EmptyResultSet:
            return None
        statement = _FIND.format(
            people=sql,
            ways=" UNION ALL ".join(_WAY.format(way, FEW + 1) for way, *_ in ways),
            most=FEW + 1,
            way=_way(order),
            enough=max(1, number * len(ways)),  # somebody may be found by each; one tells how many there are
            number=max(1, number),
        )
        return statement, [*parameters, *(word for _, *sought in ways for word in sought)]

    def _ways(self) -> list[tuple]:
        """Each way that the words may mean: a condition, and what it looks for."""
        name = fold(self._words)
        ways = [(_NAME, _like(name))] if name.strip() else []
        ways += [(_EMAIL, _like(self._words))] if name.strip() and self._by_email else []
        ways += [(_WORDS, self._lexemes)] if self._lexemes else []
        ways += [] if self._pk is None else [(_ID, self._pk)]
        return ways + ([(_CODE, *[_like(self._code)] * 3)] if self._code else [])

    def _filtered(self, people: QuerySet[User]) -> QuerySet[User]:
        """The same as one condition, which the list is walked by."""
        told = [begins(self._words, by_email=self._by_email), Q(pk__in=[] if self._pk is None else [self._pk])]
        if self._lexemes:
            told.append(Q(words=SearchQuery(self._lexemes, search_type="raw", config="simple")))
        if self._code:
            told.append(Q(pk__in=Redemption.objects.filter(invite__code__startswith=self._code).values("user")))
            told.append(Q(pk__in=Referral.objects.filter(code__code__startswith=self._code).values("member")))
            told.append(Q(pk__in=ShareCode.objects.filter(code__startswith=self._code).values("member")))
        return people.alias(words=WORDS).filter(reduce(or_, told))

    def _address(self) -> Q:
        return Q(email__startswith=self._words) if self._by_email else Q(pk__in=[])


def first(people: QuerySet[User], order: Sequence[str], number: int) -> list[User]:
    """As `ui.lists.first_rows`, each with `confirmed_now`: whether somebody showed that the address is theirs."""
    told = people.annotate(confirmed_now=RawSQL(IS_CONFIRMED, (), BooleanField()))  # noqa: S611 - a constant
    return lists.first_rows(told, order, number)


def _by_code(code: str) -> Q | None:
    """All who came in by this code, however many, and whose it is; None when there is none such."""
    if len(code) != LENGTH:
        return None
    if invite := Invite.objects.filter(code=code).first():
        return Q(pk__in=Redemption.objects.filter(invite=invite).values("user"))
    if share := ShareCode.objects.filter(code=code).first():
        return Q(pk__in=Referral.objects.filter(code=share).values("member")) | Q(pk=share.member_id)
    return None


class _Among(Func):
    """`id = ANY (array)`. PostgreSQL, which does not know how long the array is, takes it for short."""

    arg_joiner = " = ANY "
    template = "%(expressions)s"
    output_field = BooleanField()


def _way(order: Sequence[str]) -> str:
    return "DESC" if order[-1].startswith("-") else "ASC"


def _like(beginning: str) -> str:
    return connection.ops.prep_for_like_query(beginning) + "%"
