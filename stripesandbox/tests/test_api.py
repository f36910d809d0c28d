"""The door: keys, versions, parameters, errors, lists, expansion."""

import httpx
import pytest
import stripe

from stripesandbox.tests.make import make_payment, make_session


def ask(sandbox, method, path, *, key=None, **options):
    headers = {"Authorization": f"Bearer {key or sandbox.api_key}", **options.pop("headers", {})}
    return httpx.request(method, f"{sandbox.url}{path}", headers=headers, trust_env=False, timeout=20, **options)


def refusal(call, *arguments):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        call(*arguments)
    return caught.value


def test_it_works(api):
    account = api.accounts.retrieve_current()
    assert account.id.startswith("acct_")
    assert account.charges_enabled


def test_it_wants_its_key(sandbox):
    bad = stripe.StripeClient("sk_test_sandbox_other", base_addresses={"api": sandbox.url})
    with pytest.raises(stripe.AuthenticationError) as caught:
        bad.v1.customers.list()
    assert caught.value.http_status == 401
    assert "Invalid API Key provided" in str(caught.value)
    assert httpx.get(f"{sandbox.url}/v1/customers", trust_env=False).status_code == 401
    assert httpx.get(f"{sandbox.url}/v1/customers", auth=(sandbox.api_key, ""), trust_env=False).status_code == 200


def test_it_says_which_request_and_version(sandbox, api):
    answer = api.customers.list().last_response.headers
    assert answer["Request-Id"].startswith("req_")
    assert answer["Stripe-Version"] == stripe.api_version
    assert ask(sandbox, "GET", "/v1/customers", headers={"Stripe-Version": "nonsense"}).status_code == 400


def test_it_knows_no_other_urls(sandbox):
    answer = ask(sandbox, "GET", "/v1/unicorns")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"].startswith("Unrecognized request URL (GET: /v1/unicorns)")
    assert answer.json()["error"]["type"] == "invalid_request_error"


def test_it_misses_what_is_not_there(api):
    error = refusal(api.charges.retrieve, "ch_nothing")
    assert (error.http_status, error.code, error.param) == (404, "resource_missing", "id")
    assert str(error.user_message) == "No such charge: 'ch_nothing'"


@pytest.mark.parametrize(
    ("wishes", "code", "param"),
    [
        ({"mode": "present"}, None, "mode"),
        ({"unheard_of": "1"}, "parameter_unknown", "unheard_of"),
        ({"line_items": [{"quantity": "many"}]}, "parameter_invalid_integer", "line_items[0][quantity]"),
        ({"line_items": []}, "parameter_missing", "line_items"),
        ({"success_url": "nowhere"}, "url_invalid", "success_url"),
        ({"expires_at": 1}, None, "expires_at"),
        ({"customer": "cus_nobody"}, "resource_missing", "customer"),
        ({"customer_email": "not an address"}, "email_invalid", "customer_email"),
        ({"mode": "setup"}, None, "line_items"),
        ({"currency": "eur"}, None, None),
    ],
)
def test_it_refuses_parameters_as_stripe_does(api, wishes, code, param):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make_session(api, **wishes)
    assert (caught.value.code, caught.value.param) == (code, param)


@pytest.mark.parametrize(("amount", "code"), [(49, "amount_too_small"), (100_000_000, "amount_too_large")])
def test_it_refuses_amounts_out_of_range(api, amount, code):
    with pytest.raises(stripe.InvalidRequestError) as caught:
        make_session(api, amount)
    assert caught.value.code == code


def test_it_names_a_missing_parameter(api):
    error = refusal(api.webhook_endpoints.create, {"url": "http://localhost:1/"})
    assert (error.code, error.param) == ("parameter_missing", "enabled_events")


def test_it_keeps_metadata_by_stripes_rules(api):
    customer = api.customers.create({"email": "meta@example.com", "metadata": {"a": "1", "b": "2"}})
    changed = api.customers.update(customer.id, {"metadata": {"b": "", "c": "3"}})
    assert changed.metadata.to_dict() == {"a": "1", "c": "3"}
    assert api.customers.update(customer.id, {"metadata": ""}).metadata.to_dict() == {}
    assert refusal(api.customers.create, {"metadata": {"k": "v" * 501}}).param == "metadata[k]"
    assert refusal(api.customers.create, {"metadata": {"k" * 41: "v"}}).param == "metadata"


def test_it_deletes_customers(api):
    customer = api.customers.create({"email": "gone@example.com"})
    assert api.customers.delete(customer.id).deleted is True
    assert api.customers.retrieve(customer.id).deleted is True
    assert refusal(api.customers.update, customer.id, {"name": "Back"}).code == "resource_missing"
    assert api.customers.list({"email": "gone@example.com"}).data == []


def test_it_finds_customers_by_email(api):
    customer = api.customers.create({"email": "find@example.com"})
    assert [c.id for c in api.customers.list({"email": "find@example.com"})] == [customer.id]
    assert [c.id for c in api.customers.search({"query": "email:'find@example.com'"})] == [customer.id]


def test_it_pages_both_ways(api):
    made = [api.customers.create({"email": "pages@example.com"}).id for _ in range(5)][::-1]
    asked = {"email": "pages@example.com", "limit": 2}
    first = api.customers.list(asked)
    assert ([c.id for c in first], first.has_more) == (made[:2], True)
    second = api.customers.list({**asked, "starting_after": made[1]})
    assert [c.id for c in second] == made[2:4]
    back = api.customers.list({**asked, "ending_before": made[3]})
    assert ([c.id for c in back], back.has_more) == (made[1:3], True)
    assert [c.id for c in api.customers.list(asked).auto_paging_iter()] == made
    assert refusal(api.customers.list, {"limit": 101}).param == "limit"
    assert refusal(api.customers.list, {"starting_after": "cus_nobody"}).code == "resource_missing"


def test_it_lists_by_time_of_creation(api):
    customer = api.customers.create({"email": "time@example.com"})
    asked = {"email": "time@example.com"}
    assert len(api.customers.list({**asked, "created": {"gte": customer.created}}).data) == 1
    assert api.customers.list({**asked, "created": {"gt": customer.created}}).data == []
    assert len(api.customers.list({**asked, "created": customer.created}).data) == 1


def test_it_expands(sandbox, api):
    session = make_payment(sandbox, api)
    charge = session.payment_intent.latest_charge
    sandbox.refund(session.payment_intent.id, 100)
    assert api.charges.retrieve(charge.id, {"expand": ["refunds"]}).refunds.data[0].amount == 100
    listed = api.charges.list({"payment_intent": session.payment_intent.id, "expand": ["data.payment_intent"]})
    assert listed.data[0].payment_intent.status == "succeeded"
    items = api.checkout.sessions.retrieve(session.id, {"expand": ["line_items"]}).line_items
    assert items.data[0].description == "Poem Vision credit"
    assert api.checkout.sessions.line_items.list(session.id).data[0].amount_total == 2000
    assert refusal(api.charges.retrieve, charge.id, {"expand": ["nonsense"]}).param == "expand"


def test_it_books_fees_and_the_balance(sandbox, api):
    before = api.balance.retrieve().pending[0].amount
    charge = make_payment(sandbox, api, 10_000).payment_intent.latest_charge
    entry = api.balance_transactions.list({"source": charge.id, "type": "charge"}).data[0]
    assert (entry.amount, entry.fee, entry.net, entry.fee_details[0].type) == (10_000, 320, 9_680, "stripe_fee")
    assert (entry.reporting_category, entry.status) == ("charge", "pending")
    assert api.balance.retrieve().pending[0].amount == before + 9_680


def test_it_changes_little_of_what_checkout_made(sandbox, api):
    session = make_payment(sandbox, api)
    intent = session.payment_intent.id
    assert api.payment_intents.update(intent, {"metadata": {"a": "b"}}).metadata["a"] == "b"
    assert refusal(api.payment_intents.update, intent, {"amount": 5}).param == "amount"
    assert refusal(api.payment_intents.cancel, intent).code == "payment_intent_unexpected_state"
    assert api.charges.update(session.payment_intent.latest_charge.id, {"description": "New"}).description == "New"


def test_it_fails_on_order(sandbox, api):
    sandbox.fault(status=503, path="customers", times=1)
    with pytest.raises(stripe.APIError):
        sandbox.client(max_network_retries=0).v1.customers.list()
    assert api.customers.list().object == "list"
    assert ask(sandbox, "POST", "/_sandbox/fault", key="sk_test_sandbox_other").status_code == 401


def test_lists_never_ignore_a_filter(api):
    """What it cannot filter by it refuses: an ignored filter would answer what nobody asked for."""
    for list_them, asked in (
        (api.charges.list, {"transfer_group": "x"}),
        (api.payment_intents.list, {"customer_account": "x"}),
        (api.invoices.list, {"collection_method": "send_invoice"}),
        (api.customers.list, {"test_clock": "x"}),
        (api.checkout.sessions.list, {"subscription": "sub_1"}),
    ):
        with pytest.raises(stripe.InvalidRequestError) as caught:
            list_them(asked)
        assert caught.value.param in asked
