"""What the search of accounts finds is what a plain look at each of them finds, however many these are."""

import random
import re

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from accounts import queries, searching
from accounts.filtering import UserFilter
from accounts.models import User
from accounts.tests.make import make_user
from invites import codes
from referrals import codes as share_codes
from referrals.models import Referral
from ui import lists
from ui.folding import fold

NAMES = ["Ada", "Adam", "Ayşe", "Yılmaz", "Müller", "Muller-Ada", "O’Brien", "Łukasz", "ada", "Zoë"]


@pytest.fixture
def people(db):
    """Forty with names of the same few words, and the codes by which four of them came."""
    chance = random.Random(5)
    found = []
    for number in range(40):
        name = " ".join(chance.choices(NAMES, k=chance.randrange(4)))
        found.append(make_user(f"{chance.choice(['ada', 'zoe', 'x%', 'a_d'])}{number}@example.org", name=name))
    invite, *_ = codes.create(by=found[0], limit=2)
    for person in found[1:3]:
        codes.redeem(codes.take(invite.code, person.email), person)
    own = share_codes.of(found[3])
    Referral.objects.create(code=own, member=found[4])
    return {"all": found, invite.code: found[1:3], own.code: found[3:5]}


def _plainly(people, words, by_email):
    """The ids of those whom the words find, by looking at everybody."""
    asked = fold(words)
    parts = re.findall(r"\w+", asked)

    def fits(person):
        name = fold(person.name)
        told = re.findall(r"\w+", name)
        by_words = parts and all(any(word.startswith(part) for word in told) for part in parts)
        by_address = by_email and person.email.startswith(words)
        return name.startswith(asked) or by_words or by_address or str(person.pk) == words

    by_code = [each for code in people if code != "all" and code.startswith(words.upper()) for each in people[code]]
    found = {person.pk for person in people["all"] if fits(person)}
    return found | ({person.pk for person in by_code} if len(words) >= searching.FEWEST_LETTERS else set())


@pytest.mark.parametrize("few", [1000, 0])
def test_it_finds_what_a_plain_look_finds(owner, people, few, monkeypatch):
    monkeypatch.setattr(searching, "FEW", few)
    support = make_user("support@example.org", role="finance")  # who may not search addresses
    members = User.objects.filter(pk__in=[person.pk for person in people["all"]])
    asked = ["a", "ad", "ada", "adam", "ada a", "ayse y", "muller", "m ada", "o'b", "brien", "zoe1", "x%1", "a_d", "x_"]
    asked += [str(people["all"][7].pk), *(code[:5].lower() for code in people if code != "all"), "nobody"]
    for words in asked:
        for viewer in (owner, support):
            found = queries.users(viewer=viewer, q=words).filter(pk__in=members)
            wanted = _plainly(people, words, by_email=viewer is owner)
            assert set(found.values_list("pk", flat=True)) == wanted, (words, viewer.email)
            assert lists.bounded_count(found) == str(len(wanted))


@pytest.mark.parametrize("sort", ["", "name", "-name", "-last_login", "joined", "-credits"])
def test_few_and_many_come_in_one_order(owner, people, sort, monkeypatch):
    def found():
        return list(queries.in_order(queries.users(viewer=owner, q="ad", role="member"), sort, owner))

    few = found()
    monkeypatch.setattr(searching, "FEW", 0)
    assert few == found() and len(few) > 10


@pytest.mark.parametrize("sort", ["", "-name", "last_login", "credits"])
def test_few_and_many_make_the_same_pages(owner, people, sort, monkeypatch):
    def walked():
        """What each of some pages shows, there and back again."""
        shown, address = [], f"/?q=ad&role=member&sort={sort}"
        for turn in ["next_url"] * 7 + ["previous_url"] * 7:
            request = RequestFactory().get(address)
            found = UserFilter(request.GET, viewer=owner)
            order = {"order": queries.NEWEST_FIRST, "sorts": queries.sorts(owner)}
            page = lists.page(found.others, request, **order, size=4, first=found.search.first)
            shown.append([person.pk for person in page.rows])
            address = getattr(page, turn) or address
        return shown

    few = walked()
    monkeypatch.setattr(searching, "FEW", 0)
    assert few == walked() and len({pk for page in few for pk in page}) > 10


def test_a_few_are_asked_for_once_and_each_way_by_its_index(owner, people):
    with CaptureQueriesContext(connection) as asked:
        assert list(queries.users(viewer=owner, q="muller"))
    ids, listed = [one["sql"] for one in asked if "accounts_user" in one["sql"]]
    assert "to_tsvector" not in listed and ids.count("to_tsvector") == 1
    with connection.cursor() as cursor:
        for other in ("seqscan", "indexscan", "indexonlyscan"):  # what a table of a few rows is read by
            cursor.execute(f"SET LOCAL enable_{other} = off")
        cursor.execute(f"EXPLAIN {ids}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "accounts_user_folded_words" in plan and "Filter: (to_tsvector" not in plan, plan
