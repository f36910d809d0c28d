"""👥 Users: who has an account."""

import csv
from decimal import Decimal
from io import StringIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from accounts.tests.make import make_user
from audit.models import AuditEvent
from ledger import posting
from ledger.tests.make import make_member, make_refund, make_top_up

PANEL = "/admin/accounts/panels/users/"
HTMX = {"HX-Request": "true"}


def shown(client, **params):
    return client.get(PANEL, params, headers=HTMX).content.decode()


def test_it_works(client_of, owner):
    make_user(name="Ada Lovelace")
    text = shown(client_of(owner))
    for words in ("Ada Lovelace", "ada@example.org", "Active", "Never", "Super admin", "$0.00"):
        assert words in text


def test_the_page_frames_it(client_of, owner):
    text = client_of(owner).get("/admin/users/").content.decode()
    assert "👥" in text
    assert 'id="panel-accounts-users"' in text
    assert owner.email in text, "the first panel is written into the page"


def test_opened_directly_it_is_a_page(client_of, owner):
    assert "<html" in client_of(owner).get(PANEL).content.decode()


@pytest.mark.parametrize("words", ["ada", "ADA@example", "Lovelace, A", "lovelace", " ada@example.org "])
def test_it_finds_by_the_beginning_of_name_or_address(client_of, owner, words):
    make_user(name="Lovelace, Ada")
    make_user("grace@example.org", name="Hopper, Grace")
    text = shown(client_of(owner), q=words)
    assert "ada@example.org" in text
    assert "grace@example.org" not in text


def test_it_finds_by_id(client_of, owner):
    ada = make_user()
    assert "ada@example.org" in shown(client_of(owner), q=str(ada.pk))


@pytest.mark.parametrize("words", ["%", "_", "\\", "a%", "(a+)+$", "9" * 30, "'", "x" * 5000])
def test_odd_searches_find_nobody(client_of, owner, words):
    make_user()
    assert "Nobody matches" in shown(client_of(owner), q=words)


def test_the_filter_is_cleared_in_one_click(client_of, owner):
    assert "Remove the filter" in shown(client_of(owner), q="nobody", status="suspended")


def test_it_filters_by_role_and_status(client_of, owner, supporter, member):
    make_user(is_active=False)
    client = client_of(owner)
    assert supporter.email not in shown(client, role="member")
    assert member.email not in shown(client, role="support")
    assert "ada@example.org" in shown(client, status="suspended")
    assert member.email not in shown(client, status="suspended")
    assert member.email in shown(client, status="nonsense")


def test_it_sorts(client_of, owner):
    make_user("a@example.org", name="Zoe")
    make_user("b@example.org", name="anna", last_login=timezone.now())
    client = client_of(owner)
    by_name = shown(client, sort="name")
    assert by_name.index("anna") < by_name.index("Zoe")
    assert 'aria-sort="ascending"' in by_name
    by_login = shown(client, sort="-last_login")
    assert by_login.index("b@example.org") < by_login.index("a@example.org")
    assert shown(client, sort="password")


@pytest.mark.parametrize("sort", ["", "name", "-name", "last_login", "-last_login", "joined"])
def test_pages_show_everybody_once(client_of, owner, sort):
    for number in range(105):
        make_user(f"p{number:03}@example.org", name="Same" if number % 2 else "")
    client, seen, url = client_of(owner), [], f"{PANEL}?sort={sort}"
    while url:
        page = client.get(url, headers=HTMX).context["page"]
        seen += [person.pk for person in page.rows]
        url = page.next_url
    assert sorted(seen) == sorted(User.objects.values_list("pk", flat=True))


def test_it_asks_the_database_a_fixed_number_of_times(client_of, owner):
    client = client_of(owner)
    shown(client)
    with CaptureQueriesContext(
        connection,
    ) as few:
        shown(client)
    for number in range(40):
        make_user(f"p{number}@example.org")
    with CaptureQueriesContext(connection) as many:
        shown(client)
    assert len(many) == len(few)


def test_the_count_comes_apart(client_of, owner):
    client = client_of(owner)
    make_user()
    assert "count=1" in shown(client)
    assert client.get(PANEL, {"count": "1"}, headers=HTMX).content.decode() == "2 rows"


def test_the_file_is_what_is_shown(client_of, owner):
    member = make_user(name="=cmd()")
    posting.grant(member, Decimal("12.34"), note="Test")
    answer = client_of(owner).get(PANEL, {"format": "csv", "q": "ada", "role": "member"})
    rows = list(csv.reader(StringIO(answer.getvalue().decode("utf-8-sig"))))
    assert [row[1:6] for row in rows] == [
        ["Name", "E-mail", "Role", "Status", "Credits"],
        ["'=cmd()", "ada@example.org", "Member", "Active", "12.34"],
    ]
    assert AuditEvent.objects.get(verb="users.exported").after == {"q": "ada", "role": "member"}


@pytest.mark.parametrize("role", ["member", "outsider"])
def test_it_requires_users_read(client_of, request, role):
    person = request.getfixturevalue(role)
    assert client_of(person).get(PANEL).status_code == 403


def test_credit_never_reaches_who_may_not_see_it(client_of, marketer):
    """A planted amount is nowhere in the page, the panel, the file or the account's own page."""
    member = make_user()
    posting.grant(member, Decimal("4242.42"), note="sentinel")
    client = client_of(marketer)
    pages = [
        client.get("/admin/users/"),
        client.get(PANEL, headers=HTMX),
        client.get(PANEL),
        client.get(PANEL, {"format": "csv"}),
        client.get(PANEL, {"sort": "credit"}),
        client.get(f"/admin/users/{member.pk}/"),
        client.get("/admin/search/", {"q": "ada"}),
    ]
    for page in pages:
        text = page.getvalue().decode()
        assert page.status_code == 200
        assert "4,242" not in text and "4242" not in text
        assert "Credits" not in text
    assert client.get(f"/admin/accounts/panels/user_credit/{member.pk}/").status_code == 403


@pytest.mark.parametrize("role", ["supporter", "accountant"])
def test_credit_shows_to_who_may_see_it(client_of, request, role):
    viewer = request.getfixturevalue(role)
    posting.grant(make_user(), Decimal("4242.42"), note="sentinel")
    owing = make_member()
    top_up = make_top_up(owing, 5)
    posting.charge(owing, Decimal(5), service="poem")
    make_refund(owing, 5, top_up)
    text = shown(client_of(viewer))
    assert "$4,242.42" in text and "owes $5.00" in text


def test_an_exact_address_is_found_by_index(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN "
            + str(User.objects.filter(email="ada@example.org").query).replace("ada@example.org", "'ada@example.org'")
        )
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "accounts_user_email_prefix" in plan
