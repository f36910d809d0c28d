"""An e-mail address that somebody may not see is on no page and in no file of the back office, nor found by search."""

import inspect
import re
import time
import uuid
from decimal import Decimal
from importlib import import_module

import pytest
from django.http import QueryDict, StreamingHttpResponse
from django.test import Client

import accounts.queries
from accounts.columns import Masked
from accounts.masking import MaskAddresses, masked, without
from accounts.models import CustomRole, Note, User
from accounts.permissions import Perm
from audit.models import record
from audit.redaction import with_masked_addresses
from billing.tests.make import make_top_up, store_event
from exports.columns import Type, WithoutAddresses
from exports.kinds import KINDS
from ledger import posting
from memberships.tests.make import make_invoice
from studio.tests.make import make_cut
from tests.routes import routes

PLANTED = "sentinel.person@planted-address.example"
SEARCHED = ("q", "actor", "who", "whom", "member", "member_lookup.member", "recent_topups.q")


@pytest.fixture
def planted(owner):
    person = User.objects.create_user(PLANTED, "x", name="Petra Planted")
    posting.grant(person, Decimal(5), actor=owner, note=f"Welcome, {PLANTED}")
    make_top_up(person)
    Note.objects.write(person, f"Writes from {PLANTED}", by=owner, form_key=uuid.uuid4())
    for odd in (f"nameless.{PLANTED}", f"a/b=c?{PLANTED}", "sentinel.person/x@[10.9.8.7]"):
        User.objects.create_user(odd, "x")
    make_cut(owner=person)
    record(owner, "user.email_corrected", person, before={"email": PLANTED}, after={"email": PLANTED}, note=PLANTED)
    return person


@pytest.fixture
def nosy(db):
    """Somebody who may do everything but see addresses."""
    perms = [perm for perm in Perm if perm != Perm.USERS_READ_CONTACT]
    CustomRole.objects.create(key="nosy", title="Nosy", perms=perms)
    return User.objects.create_user("nosy@poemvision.example", "x", role="nosy", name="Nosy")


def _asked(planted):
    """Each address of the back office with what is planted, as a list, a file, and searched in every way."""
    for route in routes():
        if route.pattern.startswith("/admin/"):
            values = {name: planted.pk if kind == "int" else "nobody" for name, kind in route.converters}
            path = route.path_with(values)
            yield path, {}
            if ":panel:" in route.name or route.name == "ui:search":
                for query in ("format=csv", _search("sentinel"), _search("nobody")):
                    yield f"{path}?{query}", {"HX-Request": "true"} if query != "format=csv" else {}


def _search(words: str) -> str:
    return "&".join(f"{name}={words}" for name in SEARCHED)


def test_it_is_nowhere(planted, nosy, owner, confirmed_lately):
    seen, own, found = 0, Client(raise_request_exception=False), {}
    client = Client(raise_request_exception=False)
    client.force_login(nosy)
    own.force_login(owner)
    for path, headers in _asked(planted):
        response = client.get(path, headers=headers)
        assert response.status_code < 500, path
        said = str(response.headers) + (b"".join(response) if response.streaming else response.content).decode()
        assert "sentinel.person" not in said and "planted-address" not in said, path
        found[path] = "Petra" in said
        seen += "Petra" in said or masked(PLANTED) in said
    for path in found:
        nothing = path.replace("=sentinel", "=nobody")
        assert found[path] == found[nothing], f"{path}: found by the beginning of the address"
    assert seen > 10, "the person is shown, without the address"
    assert PLANTED in own.get(f"/admin/users/{planted.pk}/").content.decode()


def test_no_page_of_stripes_is_in_reach_that_shows_it(planted, nosy, owner):
    """Its papers are headed with name and address; an event names them, and holds the key to a page."""
    paper, top_up = "https://pay.stripe.com/paper", planted.top_ups.get()
    planted.top_ups.update(receipt_url=paper)
    charge = {"id": "ch_1", "receipt_url": paper, "billing_details": {"name": "Karla Card"}, "client_secret": "key_1"}
    event = f"/admin/billing/events/{store_event('charge.updated', charge).pk}/"
    papers = [f"/admin/billing/top-ups/{top_up.pk}/", make_invoice(planted, url=paper).staff_url]
    for person in (nosy, owner):
        client = Client()
        client.force_login(person)
        for path in (*papers, event, f"{event}payload.json"):
            text = client.get(path).content.decode()
            assert (paper in text) == (person == owner), path
            assert ("Karla" in text) == (person == owner and path not in papers), path
            assert "key_1" not in text, path


def test_what_a_mask_looks_like():
    assert masked("mira@example.com") == "m•••@e•••.com"
    text = "To <b>o&#x27;mira@example.com</b>, me@here.org, <a href='?q=mira%40example.com'>; price 5 @ 3"
    assert without(text, "me@here.org") == (
        "To <b>o•••@e•••.com</b>, me@here.org, <a href='?q=m•••@e•••.com'>; price 5 @ 3"
    )
    assert "me@h" not in without('<input aria-label="Select me@here.org" value="7">')
    assert "me@h" not in without('<textarea>me@here.org</textarea><input value="me@here.org">', fields=True)
    edited = '<textarea>help@here.org</textarea><input value="help@here.org">'
    assert without(edited) == edited, "what is edited is not spoilt"
    began = time.process_time()
    without("x" * 200_000 + " <input " * 1000)
    assert time.process_time() - began < 5


@pytest.mark.parametrize("mask", [without, with_masked_addresses])
def test_odd_addresses_are_masked_as_a_whole(mask):
    for address in ("a/b=c@x.org", "a?b&c=d@x.org", "a'b@x.org", "a=b/c@[127.0.0.1]", "a@[IPv6:2001:db8::1]"):
        shown = mask(f"To {address}, then")
        assert shown.startswith("To a•••@") and not {"b", "c", "27"} & set(shown), (address, shown)
    link = "/admin/users/?role=member&q="
    assert mask(f"See {link}mira@example.com now") == f"See {link}m•••@e•••.com now"


ODD = ("mira@example.com", "mira%40example.com", "<mira@example.com>", "(mira@example.com)")
ODD += (
    "mira@[10.9.8.7]",
    "o'mira@example.com",
    "mira+one@mail.example.com",
    "q=mira%40example.com&x=1",
    "To:mira@example.com.",
)


@pytest.mark.django_db
def test_page_log_and_file_know_the_same_addresses():
    """None says in a file what it hides on a page."""
    person = User.objects.create_user("somebody@else.example", "x")
    for text in ODD:
        User.objects.filter(pk=person.pk).update(name=f"Writes {text} often")
        (in_file,) = User.objects.filter(pk=person.pk).values_list(WithoutAddresses("name"), flat=True)
        name = User.objects.get(pk=person.pk).name
        for shown in (in_file, without(name), with_masked_addresses(name)):
            assert not re.search(r"mira|xample|ail|10\.9|one", shown), (text, shown)
            assert shown.startswith("Writes ") and shown.endswith(" often"), (text, shown)
    User.objects.filter(pk=person.pk).update(name="price 5 @ 3")
    assert User.objects.values_list(WithoutAddresses("name"), flat=True).get() == "price 5 @ 3"


def test_a_file_that_comes_in_pieces_is_masked_as_a_whole():
    response = StreamingHttpResponse(iter(["é,mira@exa".encode()[:1], "é,mira@exa".encode()[1:], b"mple.com\nb"]))
    response.headers["Content-Type"] = "text/csv"
    MaskAddresses._mask(response, fields=False)
    assert b"".join(response).decode() == "é,m•••@e•••.com\nb"


def test_who_does_not_say_who_looks_finds_nobody_by_an_address(member):
    """The closed side is the default of everything that searches people."""
    open_ones = []
    for name in ("accounts", "audit", "billing", "invites", "studio"):
        module = import_module(f"{name}.queries")
        for function in (found for found in vars(module).values() if inspect.isfunction(found)):
            wanted = inspect.signature(function).parameters.get("by_email")
            if wanted and wanted.default not in (False, wanted.empty):
                open_ones.append(function.__qualname__)
    assert open_ones == []
    assert not accounts.queries.users(q=member.email).exists() and not accounts.queries.users(q="member@").exists()
    assert accounts.queries.users(q=member.name).exists()


# Texts of exports that nobody types in about a person: codes, keys, and the names that we give to things of our own
NO_ADDRESSES = {
    "users": {"role", "status", "confirmed", "plan", "code"},
    "journal": {"kind", "account", "service", "external"},
    "summary": set(),
}


@pytest.mark.parametrize("key", sorted(KINDS))
def test_each_text_of_an_export_is_masked_or_named_here(nosy, key):
    texts = [column for column in KINDS[key].columns(nosy) if column.type is Type.TEXT]
    plain = {column.key for column in texts if not isinstance(column.value, WithoutAddresses | Masked)}
    assert plain == NO_ADDRESSES[key]


def test_the_journal_as_a_file_holds_no_address(planted, nosy):
    kind = KINDS["journal"]
    value = next(column.value for column in kind.columns(nosy) if column.key == "note")
    rows = kind.rows(nosy, QueryDict("period=all")).values_list(value, flat=True)
    assert rows and {*rows} == {"Welcome, (address hidden)"}


def test_letters_beyond_ascii_are_masked_however_they_are_written():
    """A toast is JSON in a header, an address in a link has its letters as bytes."""
    for address in ("mira.geheim@exämple.com", r"mira.geheim@ex\u00e4mple.com", "mira.geheim%40ex%C3%A4mple.com"):
        told = without(f'{{"text": "{address} is here now"}}')
        assert "geheim" not in told and "mple" not in told and "is here now" in told, address
    assert "next=b" in without("/admin/?q=mira%40example.com%26next=b")
