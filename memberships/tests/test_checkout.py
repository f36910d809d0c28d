"""From the choice to the payment page: one page a member, and nobody pays twice."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from alerts.models import Alert
from billing import payment_page, stripe_api
from billing.models import StripeCustomer, StripeEvent
from billing.tests.stripe_side import break_once, event_states, work
from jobs.models import Job
from jobs.registry import run_now
from memberships import checkout, doubles
from memberships.models import Enrolment, Invoice, Movement, Subscription
from memberships.tests.make import make_invoice, make_subscription
from memberships.tests.told import customer_of, make_price, subscription_told, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def at_stripe(monkeypatch):
    """Stripe's sessions by id; each call is noted. An answer may be put in place of the next."""
    said = {"calls": [], "sessions": {}, "instead": []}

    def call(resource, method, *asked):
        said["calls"].append((method, *(str(each) for each in asked[:1])))
        if said["instead"] and resource == "checkout.sessions":
            said["instead"].pop(0)()
        if method == "create":
            number = f"cs_{len(said['sessions']) + 1}"
            end = int((timezone.now() + timedelta(hours=24)).timestamp())
            session = {"id": number, "url": f"https://stripe.test/{number}", "status": "open", "expires_at": end}
            said["sessions"][number] = session
            return session
        session = said["sessions"][asked[0]]
        if method == "expire" and session["status"] != "open":
            raise stripe_api.Rejected("Only open sessions can be expired.")
        return session | ({"status": "expired"} if method == "expire" else {})

    monkeypatch.setattr(stripe_api, "call", call)
    return said


def refuse(error):
    def answer():
        raise error

    return answer


def test_who_has_paid_begins_no_second_page(at_stripe, member):
    """Between the payment and Stripe's word, and between the page's word and the subscription's own."""
    month, year = make_price(), make_price("120", "60", "year")
    page = checkout.reserve(member, month)
    checkout.open_session(page)
    at_stripe["sessions"]["cs_1"]["status"] = "complete"
    with pytest.raises(checkout.NotNow, match="has arrived"):
        checkout.reserve(member, year)
    named = {"metadata": {"enrolment": str(page.public_id)}, "mode": "subscription", "subscription": "sub_1"}
    done = at_stripe["sessions"]["cs_1"] | named
    for type_ in ("completed", "async_payment_succeeded", "async_payment_failed"):
        assert tell(f"checkout.session.{type_}", done).state == "applied"
    for price in (month, year):
        with pytest.raises(checkout.NotNow, match="has arrived"):
            checkout.reserve(member, price)
    lost = Job.objects.get(kind="memberships.ask_subscription")
    assert lost.payload["id"] == "sub_1" and lost.payload["if_lost"]
    make_subscription(member, stripe_id="sub_1")
    with pytest.raises(checkout.NotNow, match="already"):
        checkout.reserve(member, month)
    Subscription.objects.update(status="canceled")
    assert checkout.reserve(member, year).status == "creating"


@pytest.fixture
def paid_page(member):
    """Its page was paid five minutes ago, as its own word tells."""
    page = Enrolment.objects.create(member=member, price=make_price(), session_id="cs_1", status="open")
    named = {"metadata": {"enrolment": str(page.public_id)}, "mode": "subscription", "subscription": "sub_1"}
    paid = int(timezone.now().timestamp()) - 300
    tell("checkout.session.completed", {"id": "cs_1", "status": "complete"} | named, paid)
    return paid


def test_who_has_paid_waits_also_while_the_subscription_awaits_the_payment(member, monkeypatch, paid_page):
    """As its first word may have it, before the next says that it is active."""
    made = subscription_told(customer_of(member), at=paid_page)
    tell("customer.subscription.created", made | {"status": "incomplete"}, paid_page)
    with pytest.raises(checkout.NotNow, match="has arrived"):
        checkout.reserve(member, make_price("120", "60", "year"))
    monkeypatch.setattr(stripe_api, "call", lambda *_: made)
    lost = Job.objects.get(kind="memberships.ask_subscription", payload__has_key="if_lost")
    assert run_now(lost).state == "done" and Subscription.objects.get().status == "active"
    assert checkout.look_again(member)


def test_what_was_paid_counts_from_then_on_whoever_asks_first(member, monkeypatch, paid_page):
    """The page that waits asks Stripe five minutes later; the true word changes nothing."""
    made = subscription_told(customer_of(member), at=paid_page)
    monkeypatch.setattr(stripe_api, "call", lambda *_: made)
    assert checkout.look_again(member)
    for _ in range(2):
        assert [int(row.at.timestamp()) for row in Movement.objects.all()] == [paid_page]
        tell("customer.subscription.created", made, paid_page)


def test_the_page_waits_on_when_what_stripe_says_cannot_be_read(member, monkeypatch, paid_page):
    told = subscription_told(customer_of(member), at=paid_page)
    told["items"]["data"][0]["price"]["unit_amount_decimal"] = None  # a price in tiers
    monkeypatch.setattr(stripe_api, "call", lambda *_: told)
    assert not checkout.look_again(member) and not Subscription.objects.exists()


def test_the_page_that_waits_says_what_is_known_once_it_has_looked(client_of, member, monkeypatch):
    page = Enrolment.objects.create(member=member, price=make_price(), session_id="cs_1", status="open")

    def look(_):
        Enrolment.objects.filter(pk=page.pk).update(status="complete", subscription_id="sub_1")
        return False

    monkeypatch.setattr(checkout, "look_again", look)
    said = client_of(member).post("/me/membership/refresh/", headers={"HX-Request": "true"}).content.decode()
    assert "Thank you." in said


def test_a_page_of_another_price_is_closed_first(at_stripe, member):
    month, year = make_price(), make_price("120", "60", "year")
    first = checkout.reserve(member, month)
    checkout.open_session(first)
    assert checkout.reserve(member, month) == first
    second = checkout.reserve(member, year)
    assert second != first and ("expire", "cs_1") in at_stripe["calls"]
    first.refresh_from_db()
    assert first.status == "expired"


def test_a_page_is_closed_though_stripe_could_not_answer_once(at_stripe, member, monkeypatch):
    year = make_price("120", "60", "year")
    checkout.open_session(checkout.reserve(member, make_price()))
    break_once(monkeypatch, "checkout.sessions.expire")
    with pytest.raises(stripe_api.Broken):
        checkout.reserve(member, year)
    assert checkout.reserve(member, year).price == year


def test_a_page_that_is_opened_meanwhile_is_closed_at_stripe_too(at_stripe, member, monkeypatch):
    """The other tab reads it before Stripe has answered, and acts on it afterwards."""
    first, close = checkout.reserve(member, make_price()), checkout._close

    def late(read):
        if read.session_id is None:
            checkout.open_session(first)
        close(read)

    monkeypatch.setattr(checkout, "_close", late)
    second = checkout.reserve(member, make_price("120", "60", "year"))
    assert ("expire", "cs_1") in at_stripe["calls"] and Enrolment.objects.payable().get() == second


def test_a_page_that_stripe_does_not_close_stays_the_only_one(at_stripe, member, monkeypatch):
    """Stripe refuses to expire it, and says that it is open."""
    page = checkout.reserve(member, make_price())
    checkout.open_session(page)
    monkeypatch.setattr(payment_page, "expire", lambda enrolment: at_stripe["sessions"]["cs_1"])
    with pytest.raises(checkout.NotNow, match="still open"):
        checkout.reserve(member, make_price("120", "60", "year"))
    assert Enrolment.objects.payable().get() == page


def test_an_answer_that_is_lost_or_broken_makes_no_second_page(at_stripe, member):
    page = checkout.reserve(member, make_price())
    at_stripe["instead"] = [refuse(stripe_api.Unreachable("Silence."))]
    with pytest.raises(stripe_api.Unreachable):
        checkout.open_session(page)
    assert (page.attempt, page.status) == (1, "creating")
    at_stripe["instead"] = [refuse(stripe_api.Broken("500"))]
    with pytest.raises(stripe_api.Broken):
        checkout.open_session(page)
    at_stripe["instead"] = [refuse(stripe_api.InProgress("409")), refuse(stripe_api.KeyReused("Other parameters"))]
    checkout.open_session(page)
    assert (page.attempt, page.status, page.session_id) == (3, "open", "cs_1")


def test_pages_that_are_over_are_asked_about(at_stripe, member, outsider):
    seen, unseen = (checkout.reserve(each, make_price()) for each in (member, outsider))
    checkout.open_session(seen)
    Enrolment.objects.update(expires_at=timezone.now())
    named = {"metadata": {"enrolment": str(seen.public_id)}, "mode": "subscription", "subscription": "sub_1"}
    at_stripe["sessions"]["cs_1"] |= named | {"status": "complete"}
    assert checkout.let_go() == 2 and checkout.let_go() == 0
    work(1)
    stands = dict(Enrolment.objects.values_list("pk", "status"))
    assert stands == {seen.pk: "complete", unseen.pk: "expired"}


@pytest.mark.django_db(transaction=True)
def test_two_tabs_at_once_with_two_prices(at_stripe, make_people, committed_db):
    """Neither fails by the other, and one page is left that can be paid."""
    (member,) = make_people("")
    prices, ready, failed = [make_price(), make_price("120", "60", "year")], threading.Barrier(2), []

    def choose(price):
        try:
            ready.wait(10)
            checkout.open_session(checkout.reserve(member, price))
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    tabs = [threading.Thread(target=choose, args=[price]) for price in prices]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert failed == [] and Enrolment.objects.payable().count() == 1


def test_a_second_subscription_is_ended_and_paid_back(premium, member, client_of, owner):
    row = premium.subscribe(member)
    method = premium.api.subscriptions.retrieve(row.stripe_id).default_payment_method
    asked = {"items": [{"price": row.price.stripe_id}], "default_payment_method": method}
    made = premium.api.subscriptions.create({"customer": row.customer_id, **asked})
    for _ in range(3):
        premium.side.deliver()
    double = Subscription.objects.get(stripe_id=made.id)
    assert (double.status, double.is_double, double.mrr) == ("canceled", True, 0)
    row.refresh_from_db()
    assert (row.status, row.is_double) == ("active", False)
    back = Invoice.objects.get(subscription_id_at_stripe=made.id).money_back.get()
    assert back.holds and back.amount == 12
    alert = Alert.objects.get(fingerprint=f"memberships.double.{double.pk}")
    assert member.email in alert.title and not alert.is_open, "all of it is done"
    page = premium.client(member).get("/me/membership/").content.decode()
    assert "Premium was paid for twice" in page and "Premium, monthly" in page


def test_a_person_is_told_where_stripe_refuses_to_end_it(member, monkeypatch):
    make_subscription(member, since=timedelta(days=9))
    monkeypatch.setattr(stripe_api, "call", lambda *_: refuse(stripe_api.Rejected("No permission."))())
    with pytest.raises(stripe_api.Rejected):
        doubles.end(make_subscription(member))
    assert "Stripe refuses: No permission." in Alert.objects.get().detail


def test_who_subscribed_before_a_restore_is_found_again(premium, member, outsider):
    """The page is told after the subscription and its invoice, which nobody knew."""
    premium.begins(member)
    Enrolment.objects.all().delete()
    (page,) = premium.side.letters("checkout.session.completed")
    premium.side.deliver([letter for letter in premium.side.letters() if letter["id"] != page["id"]])
    assert "quarantined" in event_states() and not Subscription.objects.exists()
    stranger = json.loads(page["body"])["data"]["object"] | {"client_reference_id": str(outsider.pk)}
    assert tell("checkout.session.completed", stranger).state == "quarantined"
    premium.side.deliver()
    assert Subscription.objects.get(member=member).status == "active" and Invoice.objects.get().cash == 12
    (left,) = StripeEvent.objects.exclude(state__in=("applied", "unhandled"))
    assert left.object["client_reference_id"] == str(outsider.pk), "whose number is another’s by now"
    assert StripeCustomer.objects.get().member == member


def test_a_person_decides_while_the_first_one_is_not_paid(member):
    make_subscription(member, status="past_due", since=timedelta(days=9))
    double = make_subscription(member)
    doubles.look(member)
    doubles.end(double)
    assert "End one of them at Stripe" in Alert.objects.get().detail and not Job.objects.exists()
    double.refresh_from_db()
    assert not double.is_double
    Subscription.objects.filter(pk=double.pk).update(status="canceled", ended_at=timezone.now())
    doubles.look(member)
    assert not Alert.objects.get().is_open


def test_the_money_of_a_double_goes_back_though_none_runs_any_more(member, monkeypatch):
    """Its end was answered, its refund was not; meanwhile the member ended the first one too."""
    double, calls = make_subscription(member, status="canceled", is_double=True), []
    answers = {"subscriptions": {"ended_at": 1, "latest_invoice": "in_1"}, "refunds": {}}
    answers["invoice_payments"] = {"data": [{"payment": {"payment_intent": "pi_1"}}]}

    def call(what, method, asked, *options):
        calls.append((what, asked))
        return answers[what]

    monkeypatch.setattr(stripe_api, "call", call)
    doubles.end(double)
    assert calls[-1] == ("refunds", {"payment_intent": "pi_1", "reason": "duplicate"})
    calls.clear()
    Subscription.objects.update(is_double=False)
    doubles.end(Subscription.objects.get())
    assert calls == []


def test_what_is_paid_is_not_asked_for_any_more(client_of, member):
    """Neither an invoice of a subscription that ended, nor one whose subscription has recovered."""
    row = make_subscription(member, status="past_due")
    make_invoice(member, status="open", paid_at=None, attempts=1, subscription_id_at_stripe="sub_of_before")
    page = client_of(member)
    assert "did not go through" not in page.get("/me/membership/").content.decode()
    Invoice.objects.update(subscription_id_at_stripe=row.stripe_id)
    assert "did not go through" in page.get("/me/membership/").content.decode()
    Subscription.objects.update(status="active")
    assert "did not go through" not in page.get("/me/membership/").content.decode()
