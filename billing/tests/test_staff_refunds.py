"""Stripe's answers to a refund from our panel: a no in words, no answer at all, and processes that die."""

import os
import signal
import subprocess
import sys
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from alerts.models import Alert
from audit.models import AuditEvent
from billing import staff_refunds
from billing.models import Refund, RefundRequest
from billing.tests.lost_answer import lost_answers
from billing.tests.refunding import at_stripe, confirmed, credit, paid_top_up, press, typed
from billing.tests.stripe_side import work
from jobs.models import Job
from jobs.registry import run_now
from tests.waiting import wait_until


@pytest.fixture
def top_up(stripe_side, member):
    return paid_top_up(stripe_side, member)


@pytest.fixture
def browser(supporter):
    return confirmed(supporter)


def look_up() -> RefundRequest:
    """Run the job of the request once, as a worker does."""
    run_now(Job.objects.get(kind="billing.settle_refund", state="new"))
    return RefundRequest.objects.get()


def later(**span) -> None:
    """So much time has passed since Stripe was called."""
    RefundRequest.objects.update(called_at=timezone.now() - timedelta(**span))


def page_of(client, top_up) -> str:
    return client.get(f"/admin/billing/top-ups/{top_up.pk}/").content.decode()


# A definite no


@pytest.mark.django_db
def test_a_disputed_payment_is_told_in_words(browser, top_up, stripe_side, member):
    stripe_side.sandbox.dispute(top_up.payment_intent_id)
    answer = press(browser, top_up, typed(top_up))
    page = answer.content.decode()
    assert answer.status_code == 422 and "This payment is disputed" in page
    assert f'{stripe_side.sandbox.url}/payments/{top_up.payment_intent_id}"' in page
    assert "Did not like the frame" in page and 'value="5.00"' in page
    asked = RefundRequest.objects.get()
    assert (asked.status, asked.error_code) == ("refused", "charge_disputed")
    assert AuditEvent.objects.filter(verb="refund.refused").exists()
    assert RefundRequest.objects.left(top_up) == 20
    assert "Refused by Stripe" in page_of(browser, top_up)


@pytest.mark.django_db
def test_the_form_that_was_refused_can_be_sent_again(browser, top_up, stripe_side):
    dispute = stripe_side.sandbox.dispute(top_up.payment_intent_id)
    refused = press(browser, top_up, typed(top_up))
    stripe_side.sandbox.step_dispute(dispute, "win")
    key = refused.context["form"]["form_key"].value()
    assert press(browser, top_up, typed(top_up, form_key=key)).status_code == 302
    assert at_stripe(stripe_side, top_up) == [500]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("made_there", "sentence"),
    [(None, "All of this payment has gone back already"), (1600, "At Stripe less than that")],
)
def test_what_was_refunded_at_stripe_meanwhile_is_told_and_fetched(
    browser, top_up, stripe_side, member, made_there, sentence
):
    stripe_side.sandbox.refund(top_up.payment_intent_id, made_there)
    answer = press(browser, top_up, typed(top_up))
    assert answer.status_code == 422 and sentence in answer.content.decode()
    work()
    assert credit(member)[0] == 20 - (made_there or 2000) / 100, "no event arrived: it was listed"
    assert len(at_stripe(stripe_side, top_up)) == 1


@pytest.mark.django_db
def test_any_other_no_is_told_as_stripe_says_it(browser, top_up, stripe_side, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_wrong"
    answer = press(browser, top_up, typed(top_up))
    assert answer.status_code == 422 and "Stripe refused: Invalid API Key" in answer.content.decode()
    settings.STRIPE_SECRET_KEY = ""
    assert "payments are off" in press(browser, top_up, typed(top_up)).content.decode()


# No answer


@pytest.mark.django_db
def test_a_lost_answer_is_looked_up_and_never_repeated(browser, top_up, stripe_side, member, settings):
    with lost_answers(stripe_side.sandbox.url) as settings.STRIPE_API_BASE:
        assert press(browser, top_up, typed(top_up)).status_code == 302
        page = page_of(browser, top_up)
        assert "Unknown" in page and "It may have been made" in page
    settings.STRIPE_API_BASE = "http://127.0.0.1:9"
    assert look_up().status == "unknown", "Stripe cannot be reached for the look-up either"
    settings.STRIPE_API_BASE = stripe_side.sandbox.url
    assert RefundRequest.objects.left(top_up) == 15
    later(minutes=5)
    assert look_up().status == "accepted"
    assert at_stripe(stripe_side, top_up) == [500]
    stripe_side.deliver()
    assert credit(member)[0] == 15
    verbs = AuditEvent.objects.filter(verb__startswith="refund.").order_by("pk").values_list("verb", flat=True)
    assert list(verbs) == ["refund.asked", "refund.unknown", "refund.sent"]


@pytest.mark.django_db
def test_a_lost_answer_is_told_by_the_event(browser, top_up, stripe_side, settings):
    with lost_answers(stripe_side.sandbox.url) as settings.STRIPE_API_BASE:
        press(browser, top_up, typed(top_up))
    settings.STRIPE_API_BASE = stripe_side.sandbox.url
    stripe_side.deliver()
    asked = RefundRequest.objects.get()
    assert (asked.status, asked.stripe_id) == ("accepted", Refund.objects.get().stripe_id)
    assert "Refunded" in page_of(browser, top_up)


@pytest.mark.django_db
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 503}, {"status": 429}, {"status": 409}, {"reset": True}])
def test_no_clear_answer_ends_in_one_refund(browser, top_up, stripe_side, when, fault):
    stripe_side.sandbox.fault(path="refunds", when=when, times=1, **fault)
    press(browser, top_up, typed(top_up))
    asked = look_up()
    assert asked.status == ("unknown" if when == "before" else "accepted")
    if when == "before":
        assert at_stripe(stripe_side, top_up) == [], "not asked again while the first call may be under way"
        later(minutes=3)
        assert look_up().status == "accepted"
    assert at_stripe(stripe_side, top_up) == [500]


@pytest.mark.django_db
def test_a_silent_stripe_costs_five_seconds_and_what_it_does_later_is_found(browser, top_up, stripe_side):
    stripe_side.sandbox.fault(seconds=5, path="refunds", times=1)
    assert press(browser, top_up, typed(top_up)).status_code == 302
    assert RefundRequest.objects.get().status == "unknown"
    wait_until(lambda: at_stripe(stripe_side, top_up) == [500], 15)
    later(minutes=3)
    assert look_up().status == "accepted"
    assert at_stripe(stripe_side, top_up) == [500]


@pytest.mark.django_db
def test_a_broken_stripe_gets_a_new_key_only_after_the_look_up(browser, top_up, stripe_side):
    stripe_side.sandbox.fault(status=500, path="refunds", times=1)
    press(browser, top_up, typed(top_up))
    asked = RefundRequest.objects.get()
    assert (asked.status, asked.attempt) == ("unknown", 2)
    later(minutes=3)
    calls = []
    with pytest.MonkeyPatch.context() as patch:
        real = staff_refunds.stripe_api.call
        patch.setattr("billing.stripe_api.call", lambda *said: calls.append(said) or real(*said))
        look_up()
    assert [said[:2] for said in calls] == [("refunds", "list"), ("refunds", "create")]
    assert calls[1][3] == {"idempotency_key": f"refund:{asked.public_id}:2"}


@pytest.mark.django_db
def test_a_request_without_an_answer_for_long_raises_an_alert_until_it_has_one(browser, top_up, stripe_side):
    stripe_side.sandbox.fault(status=503, path="refunds", times=1)
    press(browser, top_up, typed(top_up))
    assert staff_refunds.look_after() == 0
    RefundRequest.objects.update(created_at=timezone.now() - timedelta(minutes=11))
    Job.objects.filter(kind="billing.settle_refund").update(state="dead")
    assert (staff_refunds.look_after(), staff_refunds.look_after()) == (1, 0)
    assert Alert.objects.get().is_open and "$5.00" in Alert.objects.get().title
    later(minutes=3)
    assert look_up().status == "accepted"
    assert not Alert.objects.get().is_open
    assert staff_refunds.look_after() == 0


@pytest.mark.django_db
def test_two_refunds_for_one_request_are_an_alarm(browser, top_up, stripe_side):
    press(browser, top_up, typed(top_up))
    asked = RefundRequest.objects.get()
    params = {"payment_intent": top_up.payment_intent_id, "amount": 500}
    stripe_side.api.refunds.create(params | {"metadata": {"refund_request": str(asked.public_id)}})
    stripe_side.deliver()
    assert Alert.objects.get(severity="bad").title == "Stripe made two refunds of $5.00 for one request"


# Processes that die

DIES = """
import django, os, signal, sys
django.setup()
from decimal import Decimal
from accounts.models import User
from billing import staff_refunds, stripe_api
from billing.models import TopUp
stripe_api.TIMEOUT = (60, 60)
def die(*args):
    os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[1] == "before the call":
    stripe_api.call = die
elif sys.argv[1] == "after the commit":
    staff_refunds.send = die
elif sys.argv[1] == "after the call":
    real = stripe_api.call
    stripe_api.call = lambda *said: (real(*said), die())
staff_refunds.start(
    TopUp.objects.get(), Decimal(5), by=User.objects.get(role="support"), reason="-",
    stripe_reason="duplicate", form_key="5d8c1b0e-7f5e-4d8c-9b0e-7f5e4d8c9b0e",
)
"""


def dying(when: str) -> subprocess.Popen:
    """A process of ours that asks for a refund and is killed on the way."""
    where = {name: connection.settings_dict[name] for name in ("USER", "PASSWORD", "HOST", "PORT", "NAME")}
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "poemvision.settings",
        "DATABASE_URL": "postgresql://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**where),
        "REDIS_URL": settings.REDIS_URL,
        "STRIPE_SECRET_KEY": settings.STRIPE_SECRET_KEY,
        "STRIPE_API_BASE": settings.STRIPE_API_BASE,
    }
    return subprocess.Popen([sys.executable, "-c", DIES, when], cwd=settings.BASE_DIR, env=environment)  # noqa: S603


@pytest.mark.parametrize("when", ["after the commit", "before the call", "during the call", "after the call"])
def test_a_killed_process_leaves_one_refund(committed_db, make_people, stripe_side, when):
    _, member = make_people("support", "")
    top_up = paid_top_up(stripe_side, member)
    if when == "during the call":
        stripe_side.sandbox.fault(seconds=20, when="after", path="refunds", times=1)
    process = dying(when)
    if when == "during the call":
        charges = stripe_side.api.charges
        wait_until(lambda: charges.retrieve(top_up.charge_id).amount_refunded == 500, 60)
        process.kill()
    assert process.wait(60) == -signal.SIGKILL
    asked = RefundRequest.objects.get()
    assert asked.status == "sending"
    look_up()
    if when == "before the call":
        assert at_stripe(stripe_side, top_up) == [], "it is not known whether it was called"
        later(minutes=3)
        look_up()
    assert RefundRequest.objects.get().status == "accepted"
    assert at_stripe(stripe_side, top_up) == [500]
    stripe_side.deliver()
    assert credit(member)[0] == 15
