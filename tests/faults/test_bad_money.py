"""Nonsense where money is typed or told: refused beside the field, and nothing is booked."""

import json
import uuid

import pytest
from django.test import Client

from billing.models import CreditAdjustment, StripeEvent, TopUp
from billing.tests.make import SECRET, deliver, make_event, make_session, make_top_up, signature
from jobs.models import Job
from ledger.models import Transaction
from tunables.catalog import CATALOG
from tunables.models import Override

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]

AMOUNTS = [
    *("NaN", "nan", "sNaN", "-NaN", "NaN123", "Infinity", "-Infinity", "inf", "+inf", "∞"),
    *("-0", "-0.00", "−0", "0", "0.0000000", "+0", "00", "-5", "−20"),
    *("0.0000001", "20.0000001", "5.1234567", "1" + "0" * 30, "-1" + "0" * 30, "9" * 61, "1e30", "1E1", "0x14", "1_0"),
    *("", " ", "\t", "\x00", "2\x000", "20\n30", "twenty", "20 USD", "$", "$$20", "--20", "20-", ".", "1,2,3", "1.2.3"),
    *("٢٠", "２０", "²⁰", "20;DROP", "<b>20</b>", "=20", "20%", "{{20}}", "1/2", "\u202e20"),
]


@pytest.fixture(autouse=True)
def configured(settings):
    settings.STRIPE_SECRET_KEY = "sk_test_sandbox_x"
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    settings.STRIPE_WEBHOOK_SECRETS = [SECRET]


def nothing_booked() -> bool:
    return not any(model.objects.exists() for model in (TopUp, CreditAdjustment, Transaction, Override))


def test_top_up(client_of, member):
    client = client_of(member)
    for amount in AMOUNTS:
        sent = {"choice": "other", "other": amount, "form_key": str(uuid.uuid4())}
        _refused(client.post("/me/credit/top-ups/start/", sent), amount)


def test_adjustment(client_of, supporter, member):
    client = client_of(supporter)
    for amount in set(AMOUNTS) - {"-5", "−20"}:
        sent = {"member": member.email, "amount": amount, "reason": "Kept", "form_key": str(uuid.uuid4())}
        page = _refused(client.post("/admin/billing/adjustments/ask/", sent, headers={"HX-Request": "true"}), amount)
        assert "Kept" in page and member.email in page


def test_top_up_configuration(client_of, owner):
    assert CATALOG["topup_max_usd"].kind == "usd"
    client = client_of(owner)
    for amount in set(AMOUNTS) - {"\t", "", " "}:
        sent = {"value": amount, "version": "0"}
        client.post("/admin/billing/tunables/topup_max_usd/change/", sent, headers={"HX-Request": "true"})
        assert nothing_booked(), amount


def _refused(answer, typed) -> str:
    page = answer.content.decode()
    assert answer.status_code == 422, (typed, answer.status_code)
    assert 'class="error"' in page, typed
    assert nothing_booked()
    return page


@pytest.mark.parametrize("key", ["", "x", "0", "\x00", "9" * 40, "../", "375acef6-5c76-41f9-a5f2-c76b8fd6f56"])
def test_a_one_time_key_that_is_none(client_of, member, supporter, key):
    sent = {"choice": "20.00", "other": "", "form_key": key}
    assert client_of(member).post("/me/credit/top-ups/start/", sent).status_code == 422
    sent = {"member": member.email, "amount": "5", "reason": "x", "form_key": key}
    assert client_of(supporter).post("/admin/billing/adjustments/ask/", sent).status_code == 422
    assert nothing_booked()


@pytest.mark.parametrize("choice", ["", "NaN", "20", "20.000", "-20.00", "other ", "\x00", "9" * 40])
def test_an_amount_that_was_not_offered(client_of, member, choice):
    sent = {"choice": choice, "other": "", "form_key": str(uuid.uuid4())}
    assert client_of(member).post("/me/credit/top-ups/start/", sent).status_code == 422
    assert nothing_booked()


# What the webhook is told, signed with the right secret


def session_event(member, **fields):
    return make_event("checkout.session.completed", make_session(make_top_up(member)), **fields)


@pytest.mark.parametrize(
    "wrong",
    [
        {"id": None},
        {"id": 5},
        {"id": "evt_\x00"},
        {"id": "e" * 256},
        {"id": ["evt_1"]},
        {"type": None},
        {"type": {}},
        {"type": "t" * 129},
        {"type": "checkout.session\x00"},
        {"api_version": 2024},
        {"api_version": "v" * 65},
        {"created": "yesterday"},
        {"created": 10**30},
        {"created": -(10**12)},
        {"created": float("nan")},
        {"created": None},
        {"data": None},
        {"data": []},
        {"data": {"object": None}},
        {"data": {"object": []}},
        {"data": {"object": "cs_1"}},
        {"data": {"object": {"id": "o" * 256}}},
        {"data": {"object": {"id": "\x00"}}},
        {"livemode": None},
        {"livemode": "false"},
    ],
    ids=str,
)
def test_an_event_of_the_wrong_shape(client, member, wrong):
    assert deliver(client, session_event(member, **wrong)).status_code == 400
    assert not StripeEvent.objects.exists() and not Job.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b" ", b"[" * 100_000, b'{"a":' * 50_000, b'"event"', b"1e999", b"\xef\xbb\xbf{}", b"{}\x00"),
        b'{"object": "event"',
    ],
    ids=lambda body: repr(body[:12]),
)
def test_signed_bytes_that_are_no_json_object(client, body):
    assert deliver(client, body).status_code == 400
    assert not StripeEvent.objects.exists()


@pytest.mark.parametrize(
    ("payload", "state"),
    [
        ({"metadata": None}, "quarantined"),
        ({"metadata": []}, "quarantined"),
        ({"metadata": {"top_up": 5}}, "quarantined"),
        ({"amount_total": -2000}, "quarantined"),
        ({"amount_total": None}, "quarantined"),
        ({"amount_total": 10**30}, "quarantined"),
        ({"amount_total": 2000.0}, "quarantined"),
        ({"amount_total": "2000"}, "quarantined"),
        ({"currency": None}, "quarantined"),
        ({"created": None}, "quarantined"),
        ({"total_details": []}, "applied"),
    ],
    ids=str,
)
def test_a_session_of_the_wrong_shape_is_never_booked_wrongly(client, member, payload, state):
    from jobs.registry import run_now

    top_up = make_top_up(member)
    deliver(client, make_event("checkout.session.completed", make_session(top_up) | payload))
    run_now(Job.objects.get(kind="billing.apply_event"))
    assert StripeEvent.objects.get().state == state
    assert Transaction.objects.exists() == (state == "applied")


@pytest.mark.parametrize("length", ["abc", "-5", "1" * 30, "", "2.5"])
def test_a_length_that_is_none(member, length):
    body = json.dumps(session_event(member)).encode()
    answer = Client(raise_request_exception=False).generic(
        "POST",
        "/webhooks/stripe/",
        body,
        content_type="application/json",
        headers={"Stripe-Signature": signature(body)},
        CONTENT_LENGTH=length,
    )
    assert answer.status_code in (400, 413)
    assert not StripeEvent.objects.exists()
