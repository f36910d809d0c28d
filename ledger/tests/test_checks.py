from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from ledger import checks, posting
from ledger.tests.make import D, break_by, make_refund, make_top_up

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def some_history(member, owner):
    """One of each kind."""
    top_up = make_top_up(member, 20, granted=D(2), tax=D(1))
    posting.grant(member, D(3), expires_at=timezone.now() + timedelta(days=1))
    posting.adjust(member, D(-1), actor=owner, note="oops")
    posting.reverse(posting.charge(member, D(8), service="poem").transaction_id)
    hold = posting.hold(member, D(6), service="poem", expires_at=timezone.now() + timedelta(hours=1)).hold_id
    refund = make_refund(member, 20, top_up)
    posting.write_off(member, D("0.5"), actor=owner, note="small")
    posting.reverse(posting.settle(hold, D(5)).transaction_id)
    posting.reverse(refund.transaction_id)
    make_refund(member, 2, top_up)
    posting.transfer("fee", "stripe_fees", "stripe", D("0.3"))


def test_it_works():
    answer = StringIO()
    call_command("check_ledger", stdout=answer)
    assert "The ledger adds up" in answer.getvalue()


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("triggers", "ALTER TABLE ledger_account DISABLE TRIGGER ledger_account_kept"),
        ("triggers", "DROP TRIGGER ledger_transaction_refused ON ledger_transaction"),
        ("balanced", "UPDATE ledger_entry SET amount = amount + 1 WHERE line = 1"),
        ("balanced", "DELETE FROM ledger_entry WHERE transaction_id = (SELECT max(id) FROM ledger_transaction)"),
        ("wallets", "UPDATE ledger_wallet SET paid = paid + 1"),
        ("lots", "UPDATE ledger_lot SET remaining = 0 WHERE remaining > 0"),
        ("owners", "UPDATE ledger_lot SET member_id = member_id + 1, remaining = remaining"),
        (
            "owners",
            "UPDATE ledger_entry SET lot_id = NULL WHERE account_id = (SELECT held_account_id FROM ledger_wallet)",
        ),
        ("instants", "UPDATE ledger_entry SET posted_at = posted_at - interval '1 s' WHERE lot_id IS NULL"),
        ("holds", "UPDATE ledger_hold SET status = 'open'"),
        ("freezes", "UPDATE ledger_wallet SET frozen_at = now()"),
        ("settlements", "UPDATE ledger_hold SET amount = 4"),
        ("paid lots", "UPDATE ledger_lot SET amount = amount + 1 WHERE kind = 'paid'"),
        ("refunds", "UPDATE ledger_transaction SET amount = 1 WHERE kind = 'top_up'"),
        ("external ids", "ALTER TABLE ledger_transaction DROP CONSTRAINT ledger_transaction_external_id"),
        ("accounts", "UPDATE ledger_account SET sign = -sign WHERE name = 'stripe'"),
        (
            "checkpoints",
            "INSERT INTO ledger_checkpoint (account_id, until, balance) SELECT max(id), now(), 7 FROM ledger_account",
        ),
    ],
)
def test_it_finds(name, statement):
    break_by(statement)
    assert name in [violation.check for violation in checks.run()]
    with pytest.raises(CommandError):
        call_command("check_ledger")


ONE = "(SELECT id FROM accounts_user WHERE email = 'member@poemvision.example')"


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        (
            "balanced",
            f"UPDATE ledger_entry SET amount = amount + 1 WHERE line = 2 AND transaction_id = "
            f"(SELECT max(id) FROM ledger_transaction WHERE member_id = {ONE})",
        ),
        ("wallets", f"UPDATE ledger_wallet SET granted = granted + 1 WHERE member_id = {ONE}"),
        ("lots of wallets", f"UPDATE ledger_wallet SET granted = granted + 1 WHERE member_id = {ONE}"),
        ("lots", f"UPDATE ledger_lot SET remaining = 0, has_rest = false WHERE remaining > 0 AND member_id = {ONE}"),
        (
            "owners",
            "UPDATE ledger_entry SET lot_id = NULL WHERE account_id = "
            f"(SELECT held_account_id FROM ledger_wallet WHERE member_id = {ONE})",
        ),
        ("holds", f"UPDATE ledger_hold SET status = 'open' WHERE member_id = {ONE}"),
        ("settlements", f"UPDATE ledger_hold SET amount = 4 WHERE member_id = {ONE}"),
        ("instants", f"UPDATE ledger_transaction SET posted_at = posted_at - interval '1 h' WHERE member_id = {ONE}"),
        ("paid lots", f"UPDATE ledger_lot SET amount = amount + 1 WHERE kind = 'paid' AND member_id = {ONE}"),
        ("refunds", f"UPDATE ledger_transaction SET amount = 1 WHERE kind = 'top_up' AND member_id = {ONE}"),
        ("reversals", f"UPDATE ledger_transaction SET notable = false WHERE kind = 'grant' AND member_id = {ONE}"),
    ],
)
def test_it_names_the_member_and_nobody_else(member, outsider, name, statement):
    make_top_up(outsider, 20, granted=D(2))
    posting.charge(outsider, D(3), service="poem")
    break_by(statement)
    found = {violation.check: violation for violation in checks.run()}
    assert found[name].members == (member.pk,)
    assert {pk for violation in found.values() for pk in violation.members} == {member.pk}


def test_it_counts_all_and_shows_a_few(member):
    break_by("UPDATE ledger_entry SET posted_at = posted_at - interval '1 s'")
    found = next(violation for violation in checks.run() if violation.check == "instants")
    assert found.count > len(found.examples) == checks.EXAMPLES
