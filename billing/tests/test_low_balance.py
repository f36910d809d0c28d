"""One mail when credit runs low, and no other before new credit came in and was spent down."""

import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import QueuedMail
from billing.low_balance import send_due
from billing.tasks import send_low_balance_mails
from ledger import posting
from poemvision.celery import app
from tunables import values


def spend(member, amount):
    posting.charge(member, Decimal(amount), service="poem")


def bought(member, amount="20", number=1):
    posting.top_up(member, cash=Decimal(amount), external_id=f"test:{member.pk}:{number}")


@pytest.mark.django_db
def test_it_works(member):
    bought(member)
    assert send_due() == 0
    spend(member, "19.50")
    assert send_due() == 1
    mail = QueuedMail.objects.get()
    assert mail.to == member.email and "$0.50" in mail.subject + mail.body


@pytest.mark.django_db
def test_once_until_new_credit_is_spent_down(member):
    bought(member)
    spend(member, "19.50")
    assert [send_due(), send_due()] == [1, 0]
    spend(member, "0.25")
    assert send_due() == 0
    bought(member, number=2)
    assert send_due() == 0
    spend(member, "20")
    assert [send_due(), send_due()] == [1, 0]


@pytest.mark.django_db
def test_not_when_switched_off_nor_to_those_who_never_spent(member, outsider, owner):
    posting.grant(outsider, Decimal("0.10"), note="Welcome")
    assert send_due() == 0
    bought(member)
    spend(member, "19.99")
    values.change("low_balance_alert_usd", "0", by=owner)
    assert send_due() == 0


def test_two_schedulers_at_once_write_one_mail(committed_db, make_people):
    (member,) = make_people("")
    bought(member)
    spend(member, "19.50")
    together = threading.Barrier(6)

    def tick(_):
        try:
            together.wait(5)
            return send_due()
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(tick, range(6))) == 1
    assert QueuedMail.objects.count() == 1


def test_it_is_on_the_schedule():
    assert send_low_balance_mails.name in {entry["task"] for entry in app.conf.beat_schedule.values()}
