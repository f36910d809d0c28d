"""Nonsense in addresses, queries and bodies is refused with 4xx: no route may answer 5xx."""

import pytest
from django.test import RequestFactory

from poemvision.wsgi import application
from tests.cast import as_person
from tests.routes import routes

ROUTES = routes()
WORDS = ["%00", "a%00b", "%FF%FE", "%ED%A0%80", "1" + "0" * 30, "-1", "%27%22%3C", "%25_%5C", "x" * 3000, "%F0%9F"]
NUMBERS = [0, 10**30, 2**63, 2**31]
NAMES = (
    *("q", "page", "sort", "order", "after", "before", "cursor", "count", "format", "hide", "next", "limit", "size"),
    *("period", "from", "to", "start", "end", "day", "month", "status", "state", "role", "type", "kind", "action"),
    *("id", "pk", "user", "member", "email", "name", "password", "amount", "reason", "note", "key", "value", "version"),
)

each_route = pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)


@pytest.fixture
def owner_client(db, cast):
    return as_person(cast["owner"])


@pytest.mark.parametrize("route", [route for route in ROUTES if route.converters], ids=lambda route: route.name)
def test_nonsense_in_the_address(route, owner_client, cast):
    kinds = dict(route.converters)
    for bad in range(max(len(WORDS), len(NUMBERS))):
        values = {name: (NUMBERS * 3)[bad] if kind == "int" else WORDS[bad] for name, kind in kinds.items()}
        for method in ("GET", "POST"):
            _answers(owner_client, cast, method, route.path_with(values))


@each_route
def test_nonsense_in_the_query(route, owner_client, cast):
    for word in WORDS:
        query = "&".join(f"{name}={word}" for name in NAMES)
        _answers(owner_client, cast, "GET", f"{route.path(cast)}?{query}&{query}&%00=1&=&&x")


@each_route
def test_nonsense_in_the_body(route, owner_client, cast):
    for word in WORDS:
        body = "&".join(f"{name}={word}" for name in NAMES)
        _answers(owner_client, cast, "POST", route.path(cast), body)
    _answers(owner_client, cast, "POST", route.path(cast), "\x00\xff=1&a=%", "multipart/form-data; boundary=x")
    _answers(owner_client, cast, "POST", route.path(cast), "[]", "application/json")


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
