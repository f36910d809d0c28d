"""Who may call what: every route × method × person, as a page and as an htmx partial, read from the resolver."""

import re
from contextlib import nullcontext
from itertools import product

import pytest
from django.db import connection
from django.http import HttpResponse

from accounts.access import MEMBER
from accounts.middleware import ENROLMENT
from accounts.permissions import Perm
from audit.models import AuditEvent
from tests.cast import ROLES, as_person, forgotten
from tests.props import CREDIT, OTHERS, WITHOUT
from tests.routes import CSRF_EXEMPT, FURTHER, NOBODY, PUBLIC, WRITES_ON_GET, routes
from tunables import values
from ui import errors

ROUTES = routes()
SAFE = ("GET", "HEAD")
METHODS = (*SAFE, "POST", "PUT", "DELETE", "TRACE")
ASKED = [*product(METHODS, [False]), ("GET", True), ("POST", True)]  # htmx knows these two here
SIGN_IN = "/account/login/"
PERSON = ("owner", "supporter", "marketer", "accountant", "member")
NOT_STATE = {"django_session", "cache", "usersessions_usersession"}  # who is here now

each_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)


@pytest.fixture(autouse=True)
def webhook_secret(db, settings):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_walk"]


@pytest.fixture
def gate_only(monkeypatch):
    """Refusals without their pages and tunables without their query; both have tests of their own."""
    monkeypatch.setattr(errors, "answer", lambda request, status, *how, **more: HttpResponse(status=status))
    monkeypatch.setattr(values, "_stored", dict)


def ask(route, cast, method, who=None, htmx=False, **extra):
    """One request as `who` (None: signed out)."""
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/home/"} if htmx else {}
    return as_person(cast.get(who), **extra).generic(method, route.path(cast), headers=headers)


@each_route
def test_who_may(route, cast, gate_only):
    """Every method × person × page or partial: the guards are the real ones, the view behind them says 204."""
    with route.guards_alone() as alone:
        for (method, htmx), who in product(ASKED, (*PERSON, "suspended", None)):
            with nullcontext() if alone else forgotten():  # allauth's views may sign out whoever comes next
                response = ask(route, cast, method, who, htmx)
            _check(route, cast, method, who, response)


def _check(route, cast, method, who, response):
    said = f"{method} {route.path(cast)} as {who or 'nobody'}: {response.status_code}"
    assert response.status_code < 500, said
    _check_answer(route, cast.get(who), who == "suspended", method, response, said)
    _check_headers(route, who, method, response, said)


def _check_answer(route, person, suspended, method, response, said):
    sent_away = response.status_code in (302, 401) and SIGN_IN in (
        response.headers.get("Location", "") + response.headers.get("HX-Redirect", "")
    )
    if route.name not in PUBLIC and (person is None or suspended):
        assert sent_away, said
    elif route.name in PUBLIC or route.perm == MEMBER or person.can(route.perm):
        assert route.name in PUBLIC or not sent_away, said
        assert response.status_code != 403 or route.name in CSRF_EXEMPT, said
        assert response.status_code == 405 or method in (*SAFE, "POST"), said
    else:
        assert response.status_code in (403, 405), said


def _check_headers(route, who, method, response, said):
    if who in PERSON and route.name != "account_logout" and not getattr(response, "may_be_kept", False):
        assert response.headers.get("Cache-Control", "").find("no-store") >= 0, said
    for name, cookie in response.cookies.items():
        if name.startswith(("session", "csrf")) and cookie.value:
            assert cookie["httponly"] and cookie["samesite"] == "Lax", said
    assert "Content-Security-Policy" in response.headers, said
    leaves = isinstance(route.perm, Perm) and "attachment" in response.headers.get("Content-Disposition", "")
    assert not leaves or getattr(route.view, "confirmed", False), f"{said}, a file without the password"


@each_route
def test_staff_without_a_second_factor_reach_only_where_they_set_one_up(route, cast, gate_only, monkeypatch):
    monkeypatch.setattr(values, "_stored", lambda: {"staff_mfa_required": "on"})
    stays_open = route.name in PUBLIC or route.name in ENROLMENT
    with forgotten(), route.guards_alone():
        for method, htmx in (("GET", False), ("POST", False), ("GET", True)):
            response = ask(route, cast, method, "owner", htmx)
            to = response.headers.get("Location", "") + response.headers.get("HX-Redirect", "")
            sent = response.status_code == (401 if htmx else 302) and to == "/account/second-step/"
            assert sent != stays_open or route.name == "mfa_add_webauthn", f"{method} {route.name}"


@each_route
def test_a_way_in_exists(route, cast, confirmed_lately):
    """The view itself answers everybody who may call it, with GET or POST; the others are told 403 and it is noted.

    The object at hand is found, and nobody is told what is not for their eyes.
    """
    perm = FURTHER.get(route.name, route.perm)
    may = [who for who in PERSON if not perm or perm == MEMBER or cast[who].can(perm)]
    acts = may[-1] if perm in (None, MEMBER) else may[0]  # whose object it is
    asked = [("GET", who, False) for who in (*may, *([] if route.perm else [None]))]
    asked += [("GET", acts, True), ("POST", acts, False), ("POST", acts, True)]
    used, found = set(), False
    for method, who, htmx in asked:
        with forgotten():
            response = ask(route, cast, method, who, htmx)
        _check(route, cast, method, who, response)
        _check_secrets(route, cast, who, response)
        if response.status_code != 405:
            used.add(method)
        found |= response.status_code not in (404, 405)
    assert used, route.name
    assert found or not route.converters or route.name in WITHOUT, f"{route.path(cast)} is not there"
    if route.perm and route.perm != MEMBER:
        codes = {ask(route, cast, method, "member").status_code for method in used}
        assert codes == {403}, route.name
        assert AuditEvent.objects.filter(verb="access.denied", actor=cast["member"]).count() == len(used)


def _check_secrets(route, cast, who, response):
    """Addresses are for who may read them, credit is for who may see it; of one another members know nothing."""
    body = b"".join(response) if response.streaming else response.content
    said = str(response.headers) + body.decode(errors="ignore")
    if who is None or not cast[who].can(Perm.USERS_READ_CREDIT):
        for amount in (amount for whose, amount in CREDIT.items() if whose != who):
            assert f"{amount:,}" not in said and str(amount) not in said, f"{route.name} to {who or 'a visitor'}"
    by_key = route.name in PUBLIC and route.view.__module__.startswith(("accounts.", "allauth."))  # or at the door
    if not by_key and (who is None or not cast[who].can(Perm.USERS_READ_CONTACT)):
        others = [name for name in ROLES if name != who]
        assert not [name for name in others if f"{name}@poemvision.example" in said], route.name


@each_route
def test_unsafe_methods_need_the_csrf_token(route, cast, gate_only):
    with route.guards_alone():
        for method, who in product(("POST", "PUT", "DELETE"), ("owner", None)):
            response = ask(route, cast, method, who, enforce_csrf_checks=True)
            assert (response.status_code == 403) == (route.name not in CSRF_EXEMPT), f"{method} {route.name}"


@each_route
def test_reading_changes_nothing(route, cast, confirmed_lately):
    if route.name in WRITES_ON_GET:
        pytest.skip(WRITES_ON_GET[route.name])
    before = _writes()
    for method, who in (*product(SAFE, ["owner"]), ("GET", "member")):
        ask(route, cast, method, who)
    changed = {table for table, count in _writes().items() if before.get(table, 0) != count}
    denied = {"audit_auditevent"} if route.perm not in (None, MEMBER) else set()
    assert not changed - NOT_STATE - denied, changed


def _writes() -> dict[str, int]:
    """Rows written so far in this transaction, per table, as PostgreSQL counts them."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname, n_tup_ins + n_tup_upd + n_tup_del FROM pg_stat_xact_user_tables")
        return dict(cursor.fetchall())


@pytest.mark.parametrize("route", [route for route in ROUTES if route.name in OTHERS], ids=lambda route: route.name)
def test_what_belongs_to_others_is_not_there(route, cast, confirmed_lately):
    """Somebody else's object answers exactly as one that does not exist, whatever the method."""
    kinds = dict(route.converters)
    foreign = route.path_with(OTHERS[route.name](cast))
    unknown = route.path_with({name: NOBODY[kind] for name, kind in kinds.items()})
    client = as_person(cast["member" if route.perm in (None, MEMBER) else "owner"])
    for method in ("GET", "POST"):
        for headers in ({}, {"HX-Request": "true"}):
            answers = [client.generic(method, path, headers=headers) for path in (foreign, unknown)]
            assert answers[0].status_code == answers[1].status_code
            assert answers[0].status_code in (404, 405)
            assert _without_request(answers[0]) == _without_request(answers[1])


def _without_request(response) -> str:
    text = response.content.decode().replace(response.headers["X-Request-Id"], "")
    return re.sub(r'csrfmiddlewaretoken" value="\w+"|"X-CSRFToken": "\w+"', "", text)


def test_every_address_with_arguments_has_an_object(cast):
    """A new one says in tests/props.py what it leads to, and a member's what of another it must not lead to."""
    named = {route.name for route in ROUTES if route.converters}
    assert named == {*cast["props"], *WITHOUT}
    assert {route.name for route in ROUTES if route.converters and route.perm == MEMBER} <= set(OTHERS)
    names = {route.name for route in ROUTES}
    assert {*PUBLIC, *CSRF_EXEMPT, *FURTHER, *OTHERS, *WRITES_ON_GET} <= names
