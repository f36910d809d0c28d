"""kill -9 of the web processes in the midst of a request: whoever asks again has one effect, to the cent.

The request waits for a row or table that the test holds, so it is known where it dies. What it had sent to PostgreSQL
goes on there, or not: its answer has no reader any more.
"""

import os
import re
import signal
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest
from django.test import Client
from django.utils import timezone

from accounting import closing, rollups
from accounting.models import MonthClose
from accounts.models import User
from audit.models import AuditEvent
from billing.models import CreditAdjustment, StripeEvent
from jobs.models import Job
from ledger import posting
from ledger.models import Transaction
from ledger.queries import balances
from tests.faults.invariants import invariants
from tests.faults.stack import children_of, make_payment
from tests.waiting import wait_until
from tunables import values

pytestmark = [pytest.mark.xdist_group("stack-queue"), pytest.mark.timeout(240)]
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@contextmanager
def killed_at(stack, statement, *parameters):
    """What `statement` locks is held until a request waits for it; then every web process is killed."""
    with ThreadPoolExecutor(1) as pool, stack.postgres.connect() as holder:

        def dies(request):
            with holder.transaction():
                holder.execute(statement, parameters)
                answer = pool.submit(request)
                wait_until(lambda: stack.postgres.waiting_for_locks() > 0, 30, "the request waits")
                for pid in children_of(stack.web):
                    os.kill(pid, signal.SIGKILL)
                with pytest.raises(httpx.HTTPError):
                    answer.result(timeout=30)
            wait_until(lambda: stack.status("/healthz") == 200, 60, "gunicorn starts others")
            wait_until(lambda: stack.postgres.waiting_for_locks() == 0, 30, "the dead request's session has ended")

        yield dies


def browser(stack, user, settings) -> httpx.Client:
    """Somebody who is signed in at the running web server, and has just given the password."""
    client = Client()
    client.force_login(user)
    session = client.session
    session["account_authentication_methods"] = [{"method": "password", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()
    cookies = {f"session_{stack.port}": client.cookies[settings.SESSION_COOKIE_NAME].value}
    return httpx.Client(base_url=stack.url, cookies=cookies, timeout=30, trust_env=False)


def test_in_the_webhook(stack, new_member):
    member = new_member()
    event = make_payment(member)
    with killed_at(stack, "LOCK TABLE billing_stripeevent IN SHARE MODE") as dies:
        dies(lambda: stack.post_event(event))
    assert stack.post_event(event).status_code == 200
    assert StripeEvent.objects.filter(event_id=event["id"]).count() == 1
    assert Job.objects.filter(dedupe_key=f"billing.apply_event:{event['id']}").count() == 1
    stack.start_worker()
    wait_until(lambda: balances(member).paid == 20, 60, "applied")
    assert Transaction.objects.filter(member=member).count() == 1
    assert invariants() == []


def test_in_the_start_of_a_top_up(stack, new_member, settings):
    member = new_member()
    with browser(stack, member, settings) as visitor:
        form = {"choice": "20.00", "other": "", "form_key": str(uuid.uuid4())}
        form["csrfmiddlewaretoken"] = TOKEN.search(visitor.get("/me/credit/").text)[1]

        def press():
            return visitor.post("/me/credit/top-ups/start/", data=form)

        with killed_at(stack, "SELECT FROM accounts_user WHERE id = %s FOR UPDATE", member.pk) as dies:
            dies(press)
        pages = {press().headers["Location"] for _ in range(2)}
    top_up = member.top_ups.get()
    assert pages == {top_up.get_absolute_url()}, "which says that Stripe, not there in this test, has not answered yet"
    assert (top_up.status, top_up.session_id, str(top_up.form_key)) == ("creating", None, form["form_key"])


def test_in_a_grant_by_staff(stack, new_member, settings):
    member = new_member()
    posting.grant(member, Decimal(1), note="Opens the wallet")
    staff = User.objects.create_user(f"staff{member.pk}@poemvision.example", "x", role="support")
    with browser(stack, staff, settings) as visitor:
        form = {"member": member.email, "amount": "5", "reason": "Goodwill", "form_key": str(uuid.uuid4())}
        form["csrfmiddlewaretoken"] = TOKEN.search(visitor.get("/admin/billing/").text)[1]

        def press():
            return visitor.post("/admin/billing/adjustments/ask/", data=form, headers={"HX-Request": "true"})

        with killed_at(stack, "SELECT FROM ledger_wallet WHERE member_id = %s FOR UPDATE", member.pk) as dies:
            dies(press)
        for _ in range(2):
            assert press().status_code in (200, 204)
    assert balances(member).granted == 6
    asked = CreditAdjustment.objects.get(member=member)
    assert AuditEvent.objects.filter(target=f"creditadjustment:{asked.pk}").count() == 1
    assert invariants() == []


def test_in_a_sign_up(stack):
    """It dies with the account made and its welcome credit waiting for the books: neither is there."""
    values.change("require_email_verification", "off", by=None)
    email, password = f"new{uuid.uuid4().hex}@example.org", "kettle harbour sparrow tin"
    with httpx.Client(base_url=stack.url, timeout=30, trust_env=False) as visitor:
        form = {"email": email, "password1": password, "name": ""}
        form["csrfmiddlewaretoken"] = TOKEN.search(visitor.get("/account/signup/").text)[1]

        def press():
            return visitor.post("/account/signup/", data=form)

        with killed_at(stack, "LOCK TABLE ledger_transaction IN SHARE MODE") as dies:
            dies(press)
        assert press().headers["Location"] == "/home/"
        assert visitor.get("/me/credit/").status_code == 200, "signed in"
    member = User.objects.get(email=email)
    assert balances(member).granted == Transaction.objects.filter(member=member).count() == 1
    assert AuditEvent.objects.filter(target=f"user:{member.pk}", verb="user.registered").count() == 1
    assert invariants() == []


def test_in_the_close_of_a_month(stack, new_member, settings):
    """Nothing is closed by what died, and the next press closes it once, with what came meanwhile."""
    late = timezone.now().replace(day=1) - timedelta(days=1)
    member, month = new_member(), late.date().replace(day=1)
    posting.top_up(member, cash=Decimal(5), external_id=f"pi_{uuid.uuid4()}", happened_at=late)
    rollups.catch_up()
    staff = User.objects.create_user(f"staff{member.pk}@poemvision.example", "x", role="super_admin")
    page = f"/admin/accounting/months/{month:%Y-%m}/"
    with browser(stack, staff, settings) as visitor:
        form = {"typed": f"{month:%B %Y}", "csrfmiddlewaretoken": TOKEN.search(visitor.get(page).text)[1]}

        def press():
            return visitor.post(f"{page}close/", data=form)

        with killed_at(stack, "LOCK TABLE accounting_monthclose IN SHARE MODE") as dies:
            dies(press)
        assert not MonthClose.objects.filter(month=month).exists()
        posting.charge(member, Decimal(2), service="studio_render", happened_at=late)
        assert [press().status_code for _ in range(2)] == [302, 422]
    closed = MonthClose.objects.get(month=month)
    assert Decimal(closed.services["studio_render"]["charged_paid"]) == Decimal(closed.figures["revenue"]) == 2
    assert AuditEvent.objects.filter(target=f"month:{month:%Y-%m}", actor=staff).count() == 1
    assert rollups.catch_up() and closing.restate() == []
    assert invariants() == []
