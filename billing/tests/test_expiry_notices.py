"""Mails 30, 7 and 1 day before granted credit expires: each once, late ones in one, none for what is used up."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from accounts.models import QueuedMail
from billing import expiry_notices
from billing.expiry_notices import send_due
from billing.models import ExpiryNotice
from billing.tasks import send_expiry_notices
from ledger import posting
from ledger.models import Lot
from poemvision.celery import app
from tunables import values

DAY = dt.timedelta(days=1)


def given(member, amount="4", days=60):
    """A grant that expires `days` days from now; the answer is when."""
    expires_at = timezone.now() + days * DAY
    posting.grant(member, Decimal(amount), expires_at=expires_at)
    return expires_at


def sent() -> list[str]:
    return [mail.subject + mail.body for mail in QueuedMail.objects.order_by("id")]


@pytest.mark.django_db
def test_it_works(member):
    expires_at = given(member)
    assert send_due() == 0
    assert send_due(expires_at - 6 * DAY) == 1
    mail = QueuedMail.objects.get()
    assert mail.to == member.email
    assert mail.subject == "$4.00 of your Poem Vision AI credit expires in 6 days"
    assert f"$4.00 in 6 days, on {expires_at.day} " in mail.body and "/me/credit/" in mail.body


@pytest.mark.django_db
def test_three_days_once_each(member):
    expires_at = given(member)
    days = [
        ahead for ahead in range(59, -1, -1) if send_due(expires_at - ahead * DAY) + send_due(expires_at - ahead * DAY)
    ]
    assert days == [30, 7, 1]
    assert list(ExpiryNotice.objects.order_by("id").values_list("days", flat=True)) == [30, 7, 1]
    assert "expires tomorrow" in sent()[-1]
    assert send_due(expires_at + DAY) == 0


@pytest.mark.django_db
@pytest.mark.parametrize(("left", "then"), [(20, [7, 1]), (5, [1]), (1, [])])
def test_after_downtime_one_notice_stands_for_those_missed(member, left, then):
    expires_at = given(member)
    assert send_due(expires_at - left * DAY) == 1
    assert [ahead for ahead in range(left, 0, -1) if send_due(expires_at - ahead * DAY)] == then


@pytest.mark.django_db
def test_one_mail_lists_all_that_expires_in_the_window(member, outsider):
    last = given(member, "4")
    given(member, "2", days=50)
    given(member, "1", days=90)
    posting.top_up(member, cash=Decimal(20), external_id="paid")
    given(outsider, "8")
    assert send_due(last - 30 * DAY) == 2
    mine = QueuedMail.objects.get(to=member.email)
    assert mine.subject.startswith("$6.00 of") and mine.subject.endswith("expires soon")
    assert mine.body.index("$2.00 in 20 days") < mine.body.index("$4.00 in 30 days")
    assert "$1.00" not in mine.body and "$20.00" not in mine.body


@pytest.mark.django_db
def test_nothing_for_what_is_used_up_and_only_what_is_left(member):
    expires_at = given(member)
    posting.charge(member, Decimal("1.50"), service="poem")
    assert send_due(expires_at - 30 * DAY) == 1 and "$2.50" in sent()[0]
    posting.charge(member, Decimal("2.50"), service="poem")
    assert send_due(expires_at - 7 * DAY) == 0


@pytest.mark.django_db
def test_not_for_frozen_credit_nor_to_the_suspended(member, outsider):
    expires_at = given(member)
    given(outsider)
    Lot.objects.filter(member=member).update(frozen_at=timezone.now())
    outsider.is_active = False
    outsider.save(update_fields=["is_active"])
    assert send_due(expires_at - 7 * DAY) == 0


@pytest.mark.django_db
def test_what_is_given_for_fewer_days_is_not_announced_at_once(member):
    expires_at = given(member, days=7)
    assert send_due() == 0
    assert send_due(expires_at - DAY) == 1


@pytest.mark.django_db
def test_the_days_are_staffs_to_choose(member, owner):
    expires_at = given(member)
    values.change("expiry_notice_days", "10, 3", by=owner)
    assert [ahead for ahead in range(30, 0, -1) if send_due(expires_at - ahead * DAY)] == [10, 3]
    values.change("expiry_notice_days", "2", by=owner)
    values.change("expiry_notice_days", "0", by=owner)
    assert send_due(expires_at - DAY) == 0
    for wrong in ("1, 7", "7, 7", "0, 1", "400", "7.5", "six", "6,5,4,3,2,1"):
        with pytest.raises(ValidationError):
            values.change("expiry_notice_days", wrong, by=owner)


@pytest.mark.django_db
def test_a_nearer_day_chosen_later_does_not_write_again(member, owner):
    expires_at = given(member)
    assert send_due(expires_at - 7 * DAY) == 1
    values.change("expiry_notice_days", "30, 10, 1", by=owner)
    assert send_due(expires_at - 6 * DAY) == 0


@pytest.mark.django_db
def test_days_are_those_of_the_business_zone(member, owner):
    """Just after midnight in Auckland it is still the day before in UTC."""
    values.change("business_time_zone", "Pacific/Auckland", by=owner)
    zone = values.business_zone()
    day = (timezone.now().astimezone(zone) + 60 * DAY).date()
    posting.grant(member, Decimal(4), expires_at=dt.datetime.combine(day, dt.time(23, 59), zone))
    thirty_before = dt.datetime.combine(day - 30 * DAY, dt.time(0, 1), zone)
    assert send_due(thirty_before - dt.timedelta(minutes=2)) == 0
    assert send_due(thirty_before) == 1


@pytest.mark.django_db
def test_a_mail_that_cannot_be_queued_leaves_no_claim(member, monkeypatch):
    expires_at = given(member)

    def broken(*args):
        raise RuntimeError("down")

    with monkeypatch.context() as patch:
        patch.setattr(expiry_notices.mail, "send", broken)
        with pytest.raises(RuntimeError):
            send_due(expires_at - 7 * DAY)
    assert not ExpiryNotice.objects.exists()
    assert send_due(expires_at - 7 * DAY) == 1


def test_two_schedulers_at_once_write_one_mail(committed_db, make_people):
    (member,) = make_people("")
    now = given(member) - 7 * DAY
    together = threading.Barrier(6)

    def tick(_):
        try:
            together.wait(5)
            return send_due(now)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(tick, range(6))) == 1
    assert QueuedMail.objects.count() == ExpiryNotice.objects.count() == 1


def test_it_is_on_the_schedule():
    assert send_expiry_notices.name in {entry["task"] for entry in app.conf.beat_schedule.values()}
