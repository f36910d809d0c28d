"""👥 Users: who has an account."""

import unicodedata
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import OuterRef
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import columns, figures, plans, queries, searching
from accounts.models import CustomRole, SavedView, StaffInvitation, User
from accounts.tests.make import make_user
from audit.models import record
from audit.queries import log
from catalog.tests.make import make_asset, make_file
from invites import codes
from ledger import posting
from ledger.models import Lot, Wallet
from ledger.queries import Balances, available_of, balances_of
from ledger.tests.make import make_member, make_refund, make_top_up
from referrals import codes as share_codes
from referrals.models import Referral
from sitestats.models import Acquisition
from tunables import values
from ui.folding import fold

PANEL = "/admin/accounts/panels/users/"
HTMX = {"HX-Request": "true"}


def shown(client, **params):
    return client.get(PANEL, params, headers=HTMX).content.decode()


def test_a_tab_alone_opens_no_further_filters(client_of, owner):
    panel = "/admin/accounts/panels/users/"
    shown = {query: client_of(owner).get(f"{panel}?{query}").content.decode() for query in ("role=staff", "plan=free")}
    told = '<details class="filters" id="more-filters"'
    assert f"{told}>" in shown["role=staff"] and f"{told} open>" in shown["plan=free"]
    assert "-----" not in shown["role=staff"]
    told = client_of(owner).get(f"{panel}?plan=gold&q=%23{owner.pk}").content.decode()
    assert "It does not filter here: Plan: gold." in told and owner.email in told
    make_user("liam@example.org", name="Liam O’Brien")
    assert "liam@example.org" in client_of(owner).get(f"{panel}?q=o'brien").content.decode()


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
@pytest.mark.parametrize("few", [1000, 0])
def test_it_finds_by_the_beginning_of_name_or_address(client_of, owner, words, few, monkeypatch):
    monkeypatch.setattr(searching, "FEW", few)  # rare words and common ones are looked for in two ways
    make_user(name="Lovelace, Ada")
    make_user("grace@example.org", name="Hopper, Grace")
    text = shown(client_of(owner), q=words)
    assert "ada@example.org" in text
    assert "grace@example.org" not in text


@pytest.mark.parametrize("few", [1000, 0])
def test_it_finds_names_whatever_accents_are_typed(client_of, owner, few, monkeypatch):
    monkeypatch.setattr(searching, "FEW", few)
    client = client_of(owner)
    for number, (name, typed) in enumerate(
        [
            ("Ayşe Yılmaz", ["yilmaz", "YILMAZ", "Yılmaz", "ayse y", "Ay\u015fe"]),
            ("Jürgen Müller-Strauß", ["muller", "Mu\u0308ller", "strauss", "jurgen m"]),
            ("Łukasz Ørsted", ["lukasz", "orsted"]),
            ("İpek Çelik", ["ipek", "celik", "İPEK"]),
            ("Zoë D’Arcy", ["zoe d'arcy", "d’arcy"]),
        ]
    ):
        person = make_user(f"p{number}@example.org", name=name)
        for words in typed:
            assert person.email in shown(client, q=words), (name, words)
        assert list(queries.named(typed[0])) == ([person] if fold(name).startswith(typed[0]) else [])


@pytest.mark.parametrize("words", ["\u0301", "\u0301 \u0308", " "])
def test_an_accent_alone_begins_nobodys_name(client_of, owner, words):
    ada, client = make_user(name="Ada"), client_of(owner)
    assert not queries.named(words, by_email=True).exists()
    assert list(queries.users(viewer=owner, q=words)) == ([] if words.strip() else list(queries.users()))
    record(ada, "user.suspended", ada)
    for asked in ({"who": words}, {"whom": words}):
        assert not log(tab="activity", by_email=True, **asked).exists()
    assert ada.name in client.get("/admin/search/?q=ad").content.decode()
    assert ada.name not in client.get("/admin/search/", {"q": words}).content.decode()


def test_the_database_folds_names_as_python_does(db):
    letters = [chr(code) for code in (*range(1, 0x2FFF), *range(0xA640, 0xAB70), *range(0xFB00, 0xFFFE))]
    known = [f"{letter}{letter.upper()}x" for letter in letters if unicodedata.category(letter) not in ("Cn", "Cs")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, fold_name(name) FROM unnest(%s::text[]) AS name", [known])
        different = [(name, found, fold(name)) for name, found in cursor.fetchall() if found != fold(name)]
    assert not different


def test_it_finds_by_id(client_of, owner):
    ada = make_user()
    assert "ada@example.org" in shown(client_of(owner), q=str(ada.pk))


@pytest.mark.parametrize("words", ["#", "\u0301", "%", "_", "\\", "a%", "(a+)+$", "9" * 30, "'", "x" * 5000])
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


@pytest.mark.parametrize("sort", ["", "name", "-name", "last_login", "-last_login", "last_seen", "joined"])
def test_pages_show_everybody_once(client_of, owner, sort):
    for number in range(105):
        make_user(f"p{number:03}@example.org", name="Same" if number % 2 else "")
    client, seen, url = client_of(owner), [], f"{PANEL}?sort={sort}"
    while url:
        page = client.get(url, headers=HTMX).context["page"]
        seen += [person.pk for person in page.rows]
        url = page.next_url
    assert sorted(seen) == sorted(User.objects.values_list("pk", flat=True))


@pytest.mark.parametrize("on_screen", ["status", "role,status,assets"])
def test_who_has_not_confirmed_their_address_is_told(client_of, owner, on_screen):
    news = make_user("new@example.org")
    news.emailaddress_set.update(verified=False)
    moved = make_user("moved@example.org")
    moved.emailaddress_set.update(email="old@example.org")
    gone = make_user("gone@example.org", deleted_at=timezone.now(), purges_at=timezone.now())
    gone.emailaddress_set.all().delete()
    told = {
        person: "Not confirmed" in shown(client_of(owner), columns=on_screen, q=f"#{person.pk}")
        for person in (news, moved, gone, owner)
    }
    assert told == {news: True, moved: True, gone: False, owner: False}
    assert "Not confirmed" not in shown(client_of(owner), columns="role")
    assert set(User.objects.annotate(told=columns.CONFIRMED).filter(told="No")) == {news, moved, gone}


def test_it_asks_the_database_a_fixed_number_of_times(client_of, owner):
    client = client_of(owner)
    asked = []
    for number in range(5):
        role = CustomRole.objects.create(key=f"night-{number}", title=f"Night shift {number}")
        make_user(f"p{number}@example.org", role=role.key)
        for kind in ("used", "taken") if number else ():
            digest = f"{number}-{kind}"
            lasting = {"expires_at": timezone.now() + timedelta(days=1), "invited_by": owner}
            StaffInvitation.objects.create(email=f"{digest}@example.org", role=role.key, digest=digest, **lasting)
        with CaptureQueriesContext(connection) as found:
            text = (
                shown(client) + client.get("/admin/accounts/panels/staff_invitations/", headers=HTMX).content.decode()
            )
        asked.append(len(found))
    assert asked[1] == asked[4], "as often for two as for five, each of a role of their own"
    assert text.count("Night shift 4") == 4, "in the list, its filter and two invitations"


def test_the_count_comes_apart(client_of, owner):
    client = client_of(owner)
    make_user()
    assert "count=1" in shown(client)
    assert client.get(PANEL, {"count": "1"}, headers=HTMX).content.decode() == "2 rows"


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
        client.get(PANEL, {"sort": "-credits", "columns": "credits", "credit_min": "4000"}),
        client.get(f"/admin/users/{member.pk}/"),
        client.get("/admin/search/", {"q": "ada"}),
    ]
    for page in pages:
        text = page.getvalue().decode()
        assert page.status_code == 200
        assert "4,242" not in text and "4242" not in text
        assert "Credits" not in text
        assert ("It does not filter here: credit_min: 4000." in text) == ("credit_min" in page.request["QUERY_STRING"])
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


def test_it_finds_by_words_and_filters_by_time_and_credit(client_of, owner, member):
    ada = make_user(name="Ada Lovelace", last_seen_at=timezone.now())
    long_ago = timezone.now() - timedelta(days=40)
    make_user("old@example.org", date_joined=long_ago, last_seen_at=long_ago, last_login=timezone.now())
    posting.grant(ada, Decimal("12.34"), note="Test")
    assert figures.refresh() == 1 and figures.refresh() == 0
    client = client_of(owner)

    def found(**params):
        return {person.email for person in client.get(PANEL, params, headers=HTMX).context["page"].rows}

    assert found(q="lovel") == found(q="a love") == found(credit_min="12") == {ada.email}
    assert found(seen="1") == {ada.email} and found(seen="-30") == {"old@example.org"}
    assert ada.email not in found(seen="never") and member.email in found(seen="never")
    by_seen = client.get(PANEL, {"sort": "-last_seen", "columns": "last_seen"}, headers=HTMX)
    assert by_seen.context["page"].rows[0] == ada and 'data-label="Last seen"' in by_seen.content.decode()
    assert "old@example.org" not in found(joined="30") and ada.email in found(joined="30")
    today = timezone.now().date()
    assert found(joined_to=str(today - timedelta(days=30))) == {"old@example.org"}
    assert found(joined_from="nonsense") == found() and found(status="deleted") == set()
    assert not client.get(PANEL, headers=HTMX).context["by_credit"]
    page = client.get(PANEL, {"sort": "-credits"}, headers=HTMX)
    assert "by credit use figures up to a minute old" in page.content.decode()
    first = page.context["page"].rows[0]
    assert first == ada


def test_the_figures_are_the_ledgers(db):
    """Expired, frozen and owed credit alike: what is copied is what `balances` says, and so is the expression."""
    people = [make_member() for _ in range(4)]
    for person in people:
        posting.grant(person, Decimal(3), note="x")
        top_up = make_top_up(person, 5)
    posting.charge(people[0], Decimal(8), service="poem")
    make_refund(people[0], 5, make_top_up(people[0], 5))
    posting.charge(people[3], Decimal(8), service="poem")
    make_refund(people[3], 5, top_up)
    Wallet.objects.filter(member=people[1]).update(frozen_at=timezone.now())
    Lot.objects.filter(member=people[2], kind="paid").update(frozen_at=timezone.now())
    figures.refresh()
    told = balances_of([person.pk for person in people])
    for person in User.objects.annotate(now=available_of(OuterRef("pk"))):
        assert person.spendable == person.now == told.get(person.pk, Balances()).available


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "nonsense"])
def test_days_out_of_reach_are_left_out(client_of, owner, day):
    text = shown(client_of(owner), joined_to=day, joined_from=day)
    assert "owner@poemvision.example" in text


def test_columns_and_views_are_in_the_address(client_of, owner):
    ada = make_user(name="Ada")
    make_asset(owner=ada)
    client = client_of(owner)
    text = shown(client, columns="assets,storage,poems", q="ada")
    assert "</th>" in text and 'data-label="Storage"' in text and 'data-label="Last login"' not in text
    saved = {"name": "Mine", "query": "q=ada&columns=assets"}
    for _ in range(2):
        assert client.post("/admin/users/views/save/", saved, headers=HTMX).status_code == 204
    text = shown(client, q="ada", columns="assets")
    assert ">Mine<" in text and "Forget the view Mine" in text
    view = SavedView.objects.get(owner=owner)
    assert client.post("/admin/users/views/save/", {"name": ""}, headers=HTMX).status_code == 422
    assert (
        client_of(make_user("b@example.org", role="support")).post(f"/admin/users/views/{view.pk}/delete/").status_code
        == 404
    )
    assert client_of(owner).post(f"/admin/users/views/{view.pk}/delete/", headers=HTMX).status_code == 204


def test_storage_is_what_the_page_of_the_person_says(client_of, owner, member):
    """Of what was deleted, what can be brought back."""
    for number, days in enumerate((None, 2, 30)):
        gone = days and timezone.now() - timedelta(days=days)
        make_asset(owner=member, retired_at=gone, file=make_file(size=10**number))
    client = client_of(owner)
    for days, size in ((7, 11), (31, 111), (1, 1)):
        values.change("deleted_asset_days", str(days), by=None)
        rows = client.get(PANEL, {"q": member.email, "columns": "storage"}, headers=HTMX).context["page"].rows
        assert [person.storage_now for person in rows] == [size] == [queries.user_works(member).storage]
        in_file = next(column for column in columns.in_file(owner) if column.key == "storage")
        assert User.objects.annotate(told=in_file.value).get(pk=member.pk).told == size


def test_it_filters_by_plan_and_by_the_code_they_came_by(client_of, owner, member, outsider):
    plans.override(member, "comped", by=owner, reason="A prize")
    invite, *_ = codes.create(by=owner)
    codes.redeem(codes.take(invite.code, outsider.email), outsider)
    client = client_of(owner)
    comped = shown(client, plan="comped", columns="plan")
    assert member.email in comped and outsider.email not in comped and ">Comped<" in comped
    free = shown(client, plan="free", columns="plan")
    assert outsider.email in free and member.email not in free and owner.email not in free
    assert outsider.email in shown(client, q=str(invite)) and member.email not in shown(client, q=str(invite))
    assert str(invite) in shown(client, q=outsider.email)
    beginning = str(invite)[:6].lower()
    assert outsider.email in shown(client, q=beginning) and member.email not in shown(client, q=beginning)
    assert outsider.email not in shown(client, q=beginning[:3])
    friend, own = make_user("friend@example.org"), share_codes.of(member)
    Referral.objects.create(code=own, member=friend)
    assert member.email in (begun := shown(client, q=own.code[:4])) and friend.email in begun
    page = client.get(PANEL, {"q": own.code.lower(), "columns": "code"}, headers=HTMX)
    assert {person.pk: person.code_now for person in page.context["page"].rows} == {
        friend.pk: own.code,
        member.pk: None,
    }
    in_file = next(column for column in columns.in_file(owner) if column.key == "code")
    told = User.objects.annotate(told=in_file.value).values_list("pk", "told")
    assert dict(told) == {owner.pk: None, member.pk: None, outsider.pk: invite.code, friend.pk: own.code}


def test_who_came_from_nowhere_named_has_the_channel_in_words(client_of, owner, member, outsider):
    touch = {"first_seen_at": timezone.now(), "signed_up_at": timezone.now()}
    Acquisition.objects.create(user=member, channel="direct", **touch)
    Acquisition.objects.create(user=outsider, channel="search", source="Google", **touch)
    text = shown(client_of(owner), columns="source")
    assert ">Direct<" in text and ">direct<" not in text and ">Google<" in text
    in_file = next(column for column in columns.in_file(owner) if column.key == "source")
    told = User.objects.filter(role="").annotate(told=in_file.value).values_list("pk", "told")
    assert dict(told) == {member.pk: "Direct", outsider.pk: "Google"}
