"""Money verbs are cut off at every statement and on both sides of every COMMIT; retried, each has one effect."""

import itertools
import json
import uuid
from decimal import Decimal

import pytest

from accounts import registration
from accounts.forms import SignupForm
from accounts.models import User
from accounts.tests.make import GOOD_PASSWORD
from audit.models import AuditEvent
from billing import checkout, stripe_api
from billing.models import CreditAdjustment, Refund, StripeEvent, TopUp
from billing.models.adjustment import NotAllowed
from billing.tests.make import make_event, make_refund, make_session, make_top_up, store_event
from billing.webhook import parsed, store
from invites import codes as invites
from invites.models import Invite
from jobs.models import Job
from ledger.models import Transaction
from referrals import codes
from tests.faults.cases import apply, booked, event_case, has, job_case, paid_top_up, person
from tests.faults.crash import sweep
from tunables import values


def test_fulfilment(server):
    def prepare():
        top_up = make_top_up(person())

        def verify():
            has(top_up.member, 20, 1)
            assert booked(top_up.member, "top_up") == 1
            assert TopUp.objects.get(pk=top_up.pk).status == "paid"
            assert Job.objects.filter(kind="billing.complete_top_up", payload__top_up=top_up.pk).count() == 1

        return event_case(store_event("checkout.session.completed", make_session(top_up)), verify)

    assert sweep(server, prepare) > 15


def test_a_refund(server):
    def prepare():
        top_up = paid_top_up()

        def verify():
            has(top_up.member, 15, "0.75")
            assert booked(top_up.member, "refund") == Refund.objects.filter(top_up=top_up).count() == 1

        return event_case(store_event("refund.created", make_refund(top_up, 500)), verify)

    assert sweep(server, prepare) > 10


def test_a_refund_that_failed_later(server):
    def prepare():
        top_up = paid_top_up()
        refund = make_refund(top_up, 500)
        apply("refund.created", refund)

        def verify():
            has(top_up.member, 20, 1)
            assert booked(top_up.member, "reversal") == 1

        return event_case(store_event("refund.failed", refund | {"status": "failed"}), verify)

    assert sweep(server, prepare) > 10


def test_the_fee(server, monkeypatch):
    def answer(resource, method, intent, *_):
        charge = {"id": f"ch_{intent}", "receipt_url": "", "amount_refunded": 0}
        balance = {"id": f"txn_{intent}", "currency": "usd", "fee": 88, "created": 1_700_000_000}
        return {"id": intent, "latest_charge": charge | {"balance_transaction": balance}}

    monkeypatch.setattr(stripe_api, "call", answer)

    def prepare():
        top_up = paid_top_up()

        def verify():
            fees = Transaction.objects.filter(external_id=f"stripe:fee:txn_{top_up.payment_intent_id}")
            assert [fee.amount for fee in fees] == [Decimal("0.88")]
            assert TopUp.objects.get(pk=top_up.pk).fee == Decimal("0.88")

        return job_case("billing.complete_top_up", {"top_up": top_up.pk}, verify)

    assert sweep(server, prepare) > 5


def test_the_webhook(server):
    def prepare():
        event = make_event("checkout.session.completed", make_session(make_top_up(person())))

        def act():
            store(parsed(json.dumps(event)))

        def verify():
            stored = StripeEvent.objects.get(event_id=event["id"])
            assert Job.objects.get(dedupe_key__endswith=event["id"]).payload == {"event": stored.pk}

        return act, act, verify

    assert sweep(server, prepare) >= 2


def test_the_reservation_of_a_top_up(server):
    def prepare():
        member, key = person(), uuid.uuid4()

        def act():
            checkout.reserve(member, Decimal(20), key)

        return act, act, lambda: member.top_ups.get(form_key=key, status="creating")

    assert sweep(server, prepare) > 5


def test_a_sign_up(server, rf, monkeypatch):
    """The account with its address, its record, its welcome credit, whose code brought it, and its invite."""
    monkeypatch.setattr(registration.ratelimit, "consume", lambda *limit, **more: True)
    values.change("require_email_verification", "off", by=None)
    numbers = itertools.count(1)

    def prepare():
        (invite,) = invites.create(by=None, grant=Decimal(2))
        typed = {"email": f"new{next(numbers)}@example.org", "password1": GOOD_PASSWORD, "invite_code": invite.code}
        code = codes.of(person())
        request = rf.post(f"/account/signup/?ref={code}")
        request.session = {}
        form = SignupForm(typed)
        assert form.is_valid()

        def again():
            form = SignupForm(typed)
            if form.is_valid():  # not so where the account was made, and nobody heard of it
                registration.sign_up(request, form)

        def verify():
            user = User.objects.get(email=typed["email"])
            assert user.emailaddress_set.get(primary=True).email == user.email
            assert user.check_password(GOOD_PASSWORD)
            has(user, 0, 3)
            assert booked(user, "grant") == 2
            assert Invite.objects.get(pk=invite.pk).used == invite.redemptions.filter(user=user).count() == 1
            assert AuditEvent.objects.filter(target=f"user:{user.pk}", verb="user.registered").count() == 1
            assert user.acquisition.share_code == user.referral.code.code == code.code

        return lambda: registration.sign_up(request, form), again, verify

    assert sweep(server, prepare) > 12


# What staff do


@pytest.mark.parametrize(("amount", "left"), [("5", 8), ("-2", 1)])
def test_an_adjustment(server, amount, left):
    def prepare():
        staff, member, key = person("support"), person(), uuid.uuid4()  # what one person may do alone is limited
        CreditAdjustment.objects.ask(member, Decimal(3), reason="Start", form_key=uuid.uuid4(), by=staff)

        def act():
            CreditAdjustment.objects.ask(member, Decimal(amount), reason="Goodwill", form_key=key, by=staff)

        def verify():
            has(member, 0, left)
            asked = CreditAdjustment.objects.get(form_key=key)
            assert acts(asked) == ["adjustment.posted"]

        return act, act, verify

    assert sweep(server, prepare) > 8


def acts(adjustment) -> list[str]:
    events = AuditEvent.objects.filter(target=f"creditadjustment:{adjustment.pk}").order_by("pk")
    return list(events.values_list("verb", flat=True))


def decided(staff, colleague, decide, verify):
    """A case of a decision about an adjustment; the retry of one that was carried out is told so."""

    def prepare():
        member = person()
        asked = CreditAdjustment.objects.ask(member, Decimal(500), reason="Prize", form_key=uuid.uuid4(), by=staff)
        if decide == "reverse":
            asked.approve(by=colleague)

        def act():
            getattr(CreditAdjustment.objects.get(pk=asked.pk), decide)(by=colleague)

        def again():
            try:
                act()
            except NotAllowed as error:
                assert "already" in str(error)

        return act, again, lambda: verify(member, asked)

    return prepare


def test_a_second_persons_yes(server):
    def verify(member, asked):
        has(member, 0, 500)
        assert booked(member, "grant") == 1
        assert acts(asked) == ["adjustment.asked", "adjustment.posted"]

    assert sweep(server, decided(person("support"), person("super_admin"), "approve", verify)) > 8


def test_a_reversal(server):
    def verify(member, asked):
        has(member, 0, 0)
        assert booked(member, "reversal") == 1
        assert acts(asked) == ["adjustment.asked", "adjustment.posted", "adjustment.reversed"]

    assert sweep(server, decided(person("support"), person("super_admin"), "reverse", verify)) >= 8
