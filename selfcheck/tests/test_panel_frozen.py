import pytest

from accounts.masking import masked
from ledger import freezes

pytestmark = pytest.mark.django_db


def test_it_works(panel, member, outsider):
    freezes.freeze_spending(member, "self-check: Lots")
    page = panel("frozen")
    assert member.email in page and "self-check: Lots" in page and outsider.email not in page
    assert f"/admin/billing/members/{member.pk}/thaw/" in page


def test_it_says_when_nobody_is(panel):
    assert "Nobody’s spending is frozen" in panel("frozen")


def test_who_may_not_thaw_sees_no_button(panel, client_of, accountant, member):
    freezes.freeze_spending(member, "test")
    page = panel("frozen", client=client_of(accountant))
    assert masked(member.email) in page and "/thaw/" not in page


def test_nobody_thaws_themselves(panel, owner):
    freezes.freeze_spending(owner, "test")
    assert "/thaw/" not in panel("frozen")
