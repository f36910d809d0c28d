"""What codes give beyond the usual is credit like any other: above a limit, in 24 hours, it is not one person's."""

import uuid
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from accounts.tests.make import make_user
from audit.models import AuditEvent
from billing.models import CreditAdjustment
from invites import codes
from invites.importing import Codes
from invites.models import Invite
from invites.tests.test_panel_codes import MAKE, typed
from tests.cast import confirmed_client
from tests.locks import in_line
from tunables import values

DOLLAR_MORE = Decimal(3)  # than the usual $2


def test_codes_are_no_way_around_the_second_person(owner):
    values.change("credit_adjust_second_person_usd", "100", by=owner)
    client = confirmed_client(owner)
    refused = client.post(MAKE, typed(number=10, limit=2, grant="7.01", label="Kept"))
    assert refused.status_code == 422 and "could give $100.20 more than usual;" in refused.content.decode()
    assert 'value="Kept"' in refused.content.decode() and not Invite.objects.exists()
    assert client.post(MAKE, typed(number=10, limit=2, grant="7")).status_code < 400
    refused = client.post(MAKE, typed(grant="2.01"))
    assert refused.status_code == 422 and "and $100.00 went before in these 24 hours" in refused.content.decode()
    assert client.post(MAKE, typed(number=500)).status_code < 400, "what any code gives is no gift"
    assert Invite.objects.count() == 510 == AuditEvent.objects.filter(verb="invite.created").count()
    Invite.objects.update(created_at=timezone.now() - timedelta(hours=24))
    assert client.post(MAKE, typed(grant="2.01")).status_code < 400


def test_by_hand_and_by_codes_is_one_sum(owner, member):
    asked = {"reason": "Sorry", "by": owner}
    CreditAdjustment.objects.ask(member, Decimal(60), form_key=uuid.uuid4(), **asked)
    with pytest.raises(codes.TooMuch, match=r"\$41\.00 more than usual, and \$60\.00 went before"):
        codes.create(by=owner, number=41, grant=DOLLAR_MORE)
    codes.create(by=owner, number=40, grant=DOLLAR_MORE)
    waits = CreditAdjustment.objects.ask(member, Decimal(1), form_key=uuid.uuid4(), **asked)
    assert waits.status == "pending" and Invite.objects.count() == 40


def test_the_lines_of_an_import_add_up(owner):
    table = "number,grant\n60,3\n30,3\n11,3\n10,3\n"
    plan = Codes(owner).check(table)
    (wrong, *others) = plan.lines
    assert (wrong.number, [line.kind for line in others]) == (4, ["New"] * 3)
    assert "$11.00 more than usual, and $90.00 went before" in wrong.problem
    assert not plan.changes and not Invite.objects.exists()


def test_two_forms_at_once_are_one_after_the_other(committed_db):
    owner = make_user(role="super_admin")
    forms = [partial(codes.create, by=owner, number=60, grant=DOLLAR_MORE)] * 2
    assert [type(error) for error in in_line(owner, *forms)] == [codes.TooMuch]
    assert Invite.objects.count() == 60
