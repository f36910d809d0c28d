"""`manage.py sweep_ledger`: what time has done meanwhile is booked at once."""

from datetime import timedelta
from io import StringIO

from django.core.management import call_command
from django.utils import timezone

from ledger import checks, posting
from ledger.models import Hold, Lot
from ledger.tests.make import D, make_member, stands


def call() -> list[str]:
    out = StringIO()
    call_command("sweep_ledger", stdout=out)
    return out.getvalue().splitlines()


def test_it_works(db):
    member, soon = make_member(), timezone.now() + timedelta(hours=1)
    posting.grant(member, D(5), note="for a test")
    posting.hold(member, D(2), service="studio_render", expires_at=soon)
    Hold.objects.update(expires_at=timezone.now() - timedelta(hours=2))
    assert [each.check for each in checks.run()] == ["overdue holds"]
    assert call() == ["0 expired lots recorded.", "1 overdue holds released."]
    assert stands(member) == (0, 5, 0, 0) and checks.run() == []


def test_nothing_to_do(db):
    assert call() == ["0 expired lots recorded.", "0 overdue holds released."]
    assert not Lot.objects.exists()
