"""Deleted, restored, purged: what is said before, what is booked, what is gone, and what has to wait."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts import removal, roles, standing
from accounts.models import OutboxMail, User
from accounts.standing import NotAllowed
from accounts.tests.make import make_user
from audit.models import AuditEvent
from billing.models import Dispute, StripeCustomer
from billing.tests.make import make_top_up
from catalog.models import Asset
from catalog.tests.make import make_asset
from jobs.models import Job, State
from jobs.registry import run_now
from ledger import checks, posting
from ledger.queries import account_balance, balances
from memberships.models import MoneyBack
from memberships.tests.make import make_invoice
from tunables import values
from ui import format

pytestmark = pytest.mark.django_db


def give_credit(member, *, paid_days_ago):
    """$20 paid and $3 granted."""
    top_up = make_top_up(
        member, status="paid", session_id="cs_1", cash=20, paid_at=timezone.now() - timedelta(days=paid_days_ago)
    )
    posting.top_up(member, cash=Decimal(20), external_id=top_up.external_id)
    posting.grant(member, Decimal(3))
    return top_up


def purge_jobs():
    return Job.objects.filter(kind="accounts.purge").order_by("id")


def run_in_time(job):
    """Run it when the account can be restored no longer."""
    User.objects.exclude(purges_at=None).update(purges_at=timezone.now())
    return run_now(job)


def test_the_days_until_the_purge_are_a_setting_when_it_is_deleted(client_of, member, owner):
    """What was said then holds, whatever the setting is changed to and whoever runs the job before its time."""
    values.change("deleted_user_days", "3", by=None)
    removal.delete(member, by=owner, reason="x")
    job = purge_jobs().get()
    assert timedelta(days=2) < job.run_at - timezone.now() <= timedelta(days=3)
    values.change("deleted_user_days", "1", by=None)
    page = client_of(owner).get(f"/admin/accounts/panels/user_profile/{member.pk}/").content.decode()
    assert page.count(format.when(job.run_at)) == 1
    assert run_now(job).state == State.NEW and abs(job.run_at - member.purges_at) < timedelta(seconds=9)
    removal.restore(member, by=owner)
    assert (member.purges_at, member.paid_ends_at) == (None, None)
    removal.delete(member, by=owner, reason="x")
    assert member.purges_at == purge_jobs().last().run_at <= timezone.now() + timedelta(days=1)


def test_paid_credit_is_kept_until_the_day_that_was_said_or_longer(owner, member):
    values.change("refund_period_days", "60", by=None)
    paid_at = give_credit(member, paid_days_ago=1).paid_at
    removal.delete(member, by=owner, reason="x")
    said = removal.outlook(member).paid_ends_at
    assert said == paid_at + timedelta(days=60)
    for days, ends in (("0", said), ("90", paid_at + timedelta(days=90))):
        values.change("refund_period_days", days, by=None)
        run_in_time(purge_jobs().last())
        assert (balances(member).paid, purge_jobs().last().run_at) == (20, ends)


def test_it_works(client_of, owner, member, monkeypatch):
    monkeypatch.setattr("accounts.access.reauthentication.is_reauthentication_required", lambda request, app: False)
    give_credit(member, paid_days_ago=200)
    page = client_of(owner).get(f"/admin/accounts/panels/user_profile/{member.pk}/").content.decode()
    assert "Granted $3.00" in page and "Paid $20.00" in page
    for verb, status in (("delete", "Deleted"), ("undelete", "Active"), ("delete", "Deleted")):
        path = f"/admin/accounts/users/{member.pk}/{verb}/"
        assert (
            client_of(owner).post(path, {"reason": "Asked by mail"}, headers={"HX-Request": "true"}).status_code == 204
        )
        member.refresh_from_db()
        assert member.status == status
    overtaken, due = purge_jobs()
    assert due.run_at - timezone.now() > timedelta(days=29)
    run_in_time(overtaken)
    assert balances(member).granted == 3

    member.emailaddress_set.create(email="other@example.org")
    StripeCustomer.objects.create(member=member, stripe_id="cus_1", email=member.email)
    OutboxMail.objects.create(to=member.email, subject="Hello", body="…")
    make_asset(owner=member)
    run_in_time(due)
    gone = User.objects.get(pk=member.pk)
    assert re.fullmatch(rf"purged-{member.pk}-\w{{8}}@purged\.invalid", gone.email), "nobody can have taken it before"
    assert (gone.status, gone.name) == ("Purged", "")
    assert not gone.has_usable_password() and not gone.emailaddress_set.exists() and not OutboxMail.objects.exists()
    assert StripeCustomer.objects.get().email == "" and Asset.objects.get().retired_at
    assert (balances(member).paid, balances(member).granted) == (0, 0)
    assert (account_balance("breakage"), account_balance("promo_expired")) == (20, 3)
    assert checks.run() == [] and AuditEvent.objects.filter(target=f"user:{member.pk}").count() == 4
    run_now(due.__class__.objects.create(kind="accounts.purge", payload=due.payload))  # twice is once
    assert account_balance("breakage") == 20
    with pytest.raises(NotAllowed):
        removal.restore(gone, by=owner)


def test_paid_credit_waits_for_the_refund_period(owner, member):
    values.change("refund_period_days", "60", by=None)
    give_credit(member, paid_days_ago=1)
    removal.delete(member, by=member, reason="My own wish")  # one's own account
    run_in_time(purge_jobs().get())
    assert (balances(member).paid, balances(member).granted) == (20, 0)
    later = purge_jobs().last()
    assert timedelta(days=58) < later.run_at - timezone.now() <= timedelta(days=59)
    posting.hold(member, Decimal(1), service="poem", expires_at=timezone.now() + timedelta(hours=1))
    run_now(later)
    assert (later.state, balances(member).paid) == (State.NEW, 19)  # it waits for what is held


def test_it_waits_for_open_money(owner, member, supporter):
    top_up = give_credit(member, paid_days_ago=200)
    dispute = {"top_up": top_up, "amount": 20, "created_at": timezone.now(), "heard_at": timezone.now()}
    opened = Dispute.objects.create(stripe_id="dp_1", status="needs_response", **dispute)
    with pytest.raises(NotAllowed, match="A dispute is open"):
        removal.delete(member, by=owner, reason="Asked by mail")
    Dispute.objects.update(status="won")
    back = {"kind": "refund", "status": "pending", "amount": 5, "created_at": timezone.now()}
    MoneyBack.objects.create(invoice=make_invoice(member), stripe_id="re_1", **back)
    with pytest.raises(NotAllowed, match="A refund of Premium is on its way"):
        removal.delete(member, by=owner, reason="Asked by mail")
    MoneyBack.objects.update(status="succeeded")
    removal.delete(member, by=owner, reason="Asked by mail")
    Dispute.objects.update(status=opened.status)  # the bank opens it again after the deletion
    job = run_in_time(purge_jobs().get())
    assert job.state == State.NEW and User.objects.get(pk=member.pk).status == "Deleted"
    with pytest.raises(NotAllowed):
        standing.restore(member, by=supporter)


def test_who_was_suspended_comes_back_suspended(owner, member):
    standing.suspend(member, by=owner, reason="Spam")
    removal.delete(member, by=owner, reason="Spam")
    assert not removal.delete(member, by=owner, reason="Spam")
    removal.restore(member, by=owner)
    assert (member.status, member.suspension_reason) == ("Suspended", "Spam")


def test_a_suspension_that_ended_meanwhile_is_over(owner, member):
    standing.suspend(member, by=owner, reason="Spam", until=timezone.now() + timedelta(days=3))
    removal.delete(member, by=owner, reason="Spam")
    User.objects.update(suspended_until=timezone.now())
    run_now(Job.objects.get(kind="accounts.lift_suspension"))
    removal.restore(member, by=owner)
    assert (member.status, member.suspension_reason, member.suspended_until) == ("Active", "", None)


def test_whose_role_was_retired_comes_back_as_a_member(owner):
    role = roles.clone("support", "Night shift", by=owner)
    person = make_user(role=role.key)
    removal.delete(person, by=owner, reason="x")
    roles.retire(role, by=owner)
    removal.restore(person, by=owner)
    assert (person.status, person.role) == ("Active", "")
    row = AuditEvent.objects.get(verb="user.undeleted")
    assert (row.before["role"], row.after["role"]) == (role.key, "")
