"""Nonsense in addresses, queries and bodies is refused with 4xx: no route may answer 5xx."""

import pytest
from django.test import RequestFactory

from poemvision.wsgi import application
from tests.cast import as_person
from tests.routes import routes

ROUTES = routes()
WORDS = ["a%00b", "%FF%FE%ED%A0%80%F0%9F", "1" + "0" * 30, "-1", "%27%22%3C%25_%5C", "x" * 3000]
NUMBERS = [0, 10**30, 2**63, 2**31]
NAMES = (
    *("q", "page", "sort", "order", "after", "before", "cursor", "count", "format", "hide", "next", "limit", "size"),
    *("period", "from", "to", "start", "end", "day", "month", "status", "state", "role", "type", "kind", "action"),
    *("id", "pk", "user", "member", "email", "name", "password", "amount", "reason", "note", "key", "value", "version"),
)


@pytest.fixture
def owner_client(db, cast, settings, confirmed_lately):
    settings.STRIPE_WEBHOOK_SECRETS = ["whsec_walk"]  # 503 without one
    return as_person(cast["owner"])


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_nonsense(route, owner_client, cast, some):
    for values in some(_bad_addresses(route), 2):
        for method in ("GET", "POST"):
            _answers(owner_client, cast, method, route.path_with(values))
    path = route.path(cast)
    for word in some(WORDS, 2):
        fields = "&".join(f"{name}={word}" for name in NAMES)
        _answers(owner_client, cast, "GET", f"{path}?{fields}&{fields}&=&&x")
        _answers(owner_client, cast, "POST", path, fields)
    _answers(owner_client, cast, "GET", f"{path}?%00=1")
    _answers(owner_client, cast, "POST", path, "\x00\xff=1&a=%", "multipart/form-data; boundary=x")
    _answers(owner_client, cast, "POST", path, "[]", "application/json")


def _bad_addresses(route):
    kinds = dict(route.converters)
    tries = len(WORDS) if {*kinds.values()} - {"int"} else len(NUMBERS) if kinds else 0
    for number in range(tries):
        bad = {"int": NUMBERS[number % len(NUMBERS)]}
        yield {name: bad.get(kind, WORDS[number]) for name, kind in kinds.items()}


def _answers(client, cast, method, path, body="", kind="application/x-www-form-urlencoded"):
    response = client.generic(method, path, body, content_type=kind)
    assert response.status_code < 500, f"{method} {path[:300]} {body[:100]}"
    if response.status_code == 302 and client.session.get("_auth_user_id") is None:
        cast["owner"].refresh_from_db()
        client.force_login(cast["owner"])


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "rot13", "base64", "unicode_escape", "nonsense"])
def test_the_caller_does_not_choose_the_charset(charset):
    environ = RequestFactory().get("/?q=%2BAAA-%C3%A9").environ | {"CONTENT_TYPE": f"text/plain; charset={charset}"}
    assert application.request_class(environ).GET["q"] == "+AAA-é"


@pytest.mark.parametrize("header", ["HX-Current-URL", "Referer"])
@pytest.mark.parametrize("address", ["http://[", "//[::1"])
def test_a_header_that_is_no_address(client, owner_client, header, address):
    for someone in (client, owner_client):
        for path in ("/admin/", "/admin/billing/panels/recent_topups/"):
            response = someone.get(path, headers={"HX-Request": "true", header: address})
            assert response.status_code == 400
        response = someone.post("/admin/security/tunables/lockout_minutes/change/", headers={header: address})
        assert response.status_code == 400
