"""Keyset pages: each row once, in order, forward and back."""

import datetime as dt

import pytest
from django.contrib.auth import get_user_model
from django.test import RequestFactory
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ui import lists

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=dt.UTC)


def make_people(ages):
    return get_user_model().objects.bulk_create(
        get_user_model()(email=f"p{i}@example.com", date_joined=NOW - dt.timedelta(seconds=age))
        for i, age in enumerate(ages)
    )


def show(url="/list/", queryset=None, **options):
    options.setdefault("order", ("-date_joined", "-pk"))
    request = RequestFactory().get(url)
    return lists.page(get_user_model().objects.all() if queryset is None else queryset, request, **options)


def test_it_works():
    make_people(range(5))
    first = show(size=2)
    assert [person.email for person in first.rows] == ["p0@example.com", "p1@example.com"]
    assert not first.previous_url
    second = show(first.next_url, size=2)
    assert [person.email for person in second.rows] == ["p2@example.com", "p3@example.com"]
    third = show(second.next_url, size=2)
    assert len(third.rows) == 1
    assert not third.next_url
    assert show(third.previous_url, size=2).rows == second.rows


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    ages=st.lists(st.integers(0, 4), max_size=17),
    size=st.integers(1, 6),
    sort=st.sampled_from(["", "joined", "-joined", "email", "-email", "active"]),
)
def test_forward_and_back_show_every_row_once(ages, size, sort):
    get_user_model().objects.all().delete()
    make_people(ages)
    options = {"size": size, "sorts": {"joined": "date_joined", "email": "email", "active": "is_active"}}
    pages, url = [], f"/list/?sort={sort}&q=kept"
    while url:
        page = show(url, **options)
        pages.append(page)
        url = page.next_url
    rows = [row for page in pages for row in page.rows]
    everything = show(f"/list/?sort={sort}", **{**options, "size": 100}).rows
    assert rows == everything
    assert len(set(rows)) == len(ages)
    back = pages[-1]
    for expected in reversed(pages[:-1]):
        back = show(back.previous_url, **options)
        assert back.rows == expected.rows
        assert "q=kept" in (back.next_url or "q=kept")
    assert not back.previous_url


def test_rows_added_meanwhile_move_nothing():
    make_people(range(10, 16))
    first = show(size=3)
    make = get_user_model().objects.create(email="new@example.com", date_joined=timezone.now())
    second = show(first.next_url, size=3)
    assert make not in second.rows
    assert not set(first.rows) & set(second.rows)
    assert show(second.previous_url, size=3).rows == first.rows


@pytest.mark.parametrize("cursor", ["nonsense", "a:b:c", "%00", "W10:1:2", "é"])
def test_a_forged_cursor_shows_the_first_page(cursor):
    make_people(range(3))
    assert len(show(f"/list/?after={cursor}").rows) == 3


def test_a_cursor_of_another_order_shows_the_first_page():
    make_people(range(5))
    cursor = show(size=2).next_url.partition("after=")[2]
    page = show(f"/list/?after={cursor}&sort=email", size=2, sorts={"email": "email"})
    assert page.rows[0].email == "p0@example.com"


def test_only_listed_columns_sort():
    make_people(range(2))
    page = show("/list/?sort=password", sorts={"email": "email"})
    assert page.sort == ""
    assert "sort" not in show("/list/", sorts={"email": "email"}).first_url


def test_a_head_offers_the_other_direction():
    page = show("/list/?sort=email&after=x", sorts={"email": "email"})
    head = lists.head(page, "email", "E-mail")
    assert head == {"label": "E-mail", "url": "/list/?sort=-email", "aria": "ascending"}
    assert lists.head(page, "name", "Name") == {"label": "Name"}


def test_rows_that_vanished_leave_the_first_page():
    people = make_people(range(4))
    url = show(size=2).next_url
    get_user_model().objects.filter(pk__in=[person.pk for person in people[2:]]).delete()
    assert len(show(url, size=2).rows) == 2


def test_dictionaries_page_too():
    make_people(range(3))
    page = show(queryset=get_user_model().objects.values("pk", "email", "date_joined"), size=2)
    assert show(page.next_url, queryset=get_user_model().objects.values("pk", "email", "date_joined")).rows


def test_counts_are_bounded(django_assert_num_queries):
    make_people(range(5))
    people = get_user_model().objects.all()
    with django_assert_num_queries(1):
        assert lists.bounded_count(people) == "5"
    assert lists.bounded_count(people, limit=3) == "3+"


def test_a_page_is_one_query(django_assert_num_queries):
    make_people(range(5))
    url = show(size=2).next_url
    with django_assert_num_queries(1):
        show(url, size=2, counted=True)
