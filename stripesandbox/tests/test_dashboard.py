"""The Dashboard and the pages: each says that it is a sandbox, each form is protected."""

import httpx
import pytest

from stripesandbox.tests.make import make_payment, make_session


def get(sandbox, path):
    return httpx.get(f"{sandbox.url}{path}", trust_env=False, timeout=20)


def test_it_works(sandbox, api):
    session = make_payment(sandbox, api)
    sandbox.refund(session.payment_intent.id, 500)
    shown = get(sandbox, f"/payments/{session.payment_intent.id}").text
    for text in ("$20.00", "Partly refunded", "−$5.00", "$0.88", "charge.refunded", "$15.00 can be refunded"):
        assert text in shown


def test_every_page_says_that_it_is_a_sandbox(sandbox, api):
    session = make_payment(sandbox, api, invoice_creation={"enabled": True})
    event = api.events.list({"limit": 1}).data[0].id
    for path in (
        *("/", "/events", "/webhooks", "/customers", "/balance", "/trouble", "/clock", "/nowhere", f"/events/{event}"),
        f"/customers/{session.customer.id}",
        *(f"/c/pay/{session.id}", f"/payments/{session.payment_intent.id}", f"/invoices/{session.invoice.id}"),
        f"/receipts/{session.payment_intent.latest_charge.id}",
    ):
        answer = get(sandbox, path)
        assert "<strong>Sandbox</strong>" in answer.text, path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("prepare", "state"),
    [
        (lambda sandbox, id: None, "Open"),
        (lambda sandbox, id: sandbox.pay(id), "Paid"),
        (lambda sandbox, id: sandbox.decline(id), "Declined"),
        (lambda sandbox, id: sandbox.pay_by_bank(id), "Processing"),
        (lambda sandbox, id: sandbox.expire(id), "Expired"),
    ],
)
def test_it_lists_payments_with_their_state(sandbox, api, prepare, state):
    prepare(sandbox, make_session(api, 4321).id)
    row = get(sandbox, "/").text.split("$43.21", 1)[1].split("</tr>")[0]
    assert state in row


def test_it_refuses_forms_without_a_token(sandbox, api):
    session = make_session(api)
    for path in (f"/c/pay/{session.id}", f"/sessions/{session.id}/expire", "/webhooks/add"):
        answer = httpx.post(f"{sandbox.url}{path}", data={"method": "card"}, trust_env=False)
        assert answer.status_code == 403
        assert "too old" in answer.text
    assert api.checkout.sessions.retrieve(session.id).status == "open"


def test_it_adds_disables_and_refuses_endpoints(sandbox, api):
    sandbox.submit("/webhooks/add", {"url": "http://localhost:1/by-hand", "enabled_events": "charge.failed"})
    added = api.webhook_endpoints.list().data[0]
    assert (added.url, added.enabled_events) == ("http://localhost:1/by-hand", ["charge.failed"])
    sandbox.submit(f"/webhooks/{added.id}/toggle", {})
    assert api.webhook_endpoints.retrieve(added.id).status == "disabled"
    wrong = sandbox.submit("/webhooks/add", {"url": "http://localhost:1/", "enabled_events": "poem.written"})
    assert wrong.status_code == 422
    assert "Invalid enabled_events[0]: poem.written" in wrong.text
    api.webhook_endpoints.delete(added.id)


@pytest.mark.parametrize("amount", ["-1", "NaN", "Infinity", "0", "1.234", "1e30", "five"])
def test_it_refuses_amounts_that_are_none(sandbox, api, amount):
    intent = make_payment(sandbox, api).payment_intent.id
    answer = sandbox.submit(f"/payments/{intent}/refund", {"amount": amount, "reason": ""})
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.text
    assert api.refunds.list({"payment_intent": intent}).data == []


def test_it_changes_and_deletes_customers(sandbox, api):
    customer = api.customers.create({"email": "old@example.com", "name": "Old"}).id
    assert sandbox.change_customer(customer, email="no address", name="New").status_code == 422
    assert sandbox.change_customer(customer, email="new@example.com", name="New").status_code == 302
    event = api.events.list({"type": "customer.updated"}).data[0]
    assert (event.data.object.id, event.data.object.email) == (customer, "new@example.com")
    assert event.data.previous_attributes.to_dict() == {"email": "old@example.com", "name": "Old"}
    sandbox.delete_customer(customer)
    sandbox.delete_customer(customer)
    deleted = [event.data.object.id for event in api.events.list({"type": "customer.deleted"})]
    assert deleted.count(customer) == 1
    assert api.customers.retrieve(customer).deleted is True
    assert "Deleted" in get(sandbox, f"/customers/{customer}").text


def test_what_is_not_there_is_not_there(sandbox):
    for path in ("/c/pay/cs_test_none", "/payments/pi_none", "/events/evt_none", "/receipts/ch_none"):
        assert get(sandbox, path).status_code == 404
