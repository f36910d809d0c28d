"""Staff stop a member's spending and let it go on."""

from decimal import Decimal

import pytest
from django.utils import timezone

from alerts.models import Alert
from audit.models import AuditEvent
from billing import low_balance, spending
from billing.models import TopUp
from billing.tests.make import make_top_up as make_paid
from ledger import posting
from ledger.models import Wallet
from ledger.tests.make import make_top_up

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
HTMX = {"HX-Request": "true"}
ONE = Decimal(1)


@pytest.fixture(autouse=True)
def credit(member):
    make_top_up(member, 10)


def post(client, member, verb, reason="Looks stolen", seen="Looks stolen"):
    return client.post(f"/admin/billing/members/{member.pk}/{verb}/", {"reason": reason, "seen": seen}, headers=HTMX)


def audited(verb):
    return AuditEvent.objects.get(verb=f"spending.{verb}")


def test_it_works(client_of, supporter, member):
    client = client_of(supporter)
    answer = post(client, member, "freeze")
    assert answer.status_code == 204
    for event in ("billing-changed", "accounts-changed", "selfcheck-changed"):
        assert event in answer.headers["HX-Trigger"]
    with pytest.raises(posting.Frozen, match="Looks stolen"):
        posting.charge(member, ONE, service="poem")
    event = audited("frozen")
    assert (event.actor, event.target, event.note) == (supporter, f"user:{member.pk}", "Looks stolen")
    assert (event.before, event.after) == ({"frozen": ""}, {"frozen": "Looks stolen"})
    assert post(client, member, "thaw", "It was the owner").status_code == 204
    assert posting.charge(member, ONE, service="poem").created
    assert (audited("thawed").before, audited("thawed").note) == ({"frozen": "Looks stolen"}, "It was the owner")
    assert not Alert.objects.exists()


def test_twice_is_harmless(client_of, supporter, member):
    client = client_of(supporter)
    for verb, word in (("freeze", "frozen"), ("thaw", "thawed")):
        post(client, member, verb)
        assert f"was {word} already" in post(client, member, verb).headers["HX-Trigger"]
        assert AuditEvent.objects.filter(verb=f"spending.{word}").count() == 1


@pytest.mark.parametrize("verb", ["freeze", "thaw"])
def test_a_reason_is_required(client_of, supporter, member, verb):
    client = client_of(supporter)
    if verb == "thaw":
        spending.freeze(member, "test", by=None)
    before = AuditEvent.objects.count()
    answer = post(client, member, verb, "  ")
    assert answer.status_code == 422 and "Fill this in." in answer.content.decode()
    assert AuditEvent.objects.count() == before


def test_who_thaws_has_seen_every_reason(client_of, supporter, member):
    """A mismatch that froze it meanwhile is not lifted by who looked before."""
    client = client_of(supporter)
    post(client, member, "freeze")
    page = client.get(f"/admin/billing/panels/member_lookup/?member={member.pk}", headers=HTMX).content.decode()
    assert 'name="seen" value="Looks stolen"' in page and "Frozen for: Looks stolen" in page
    spending.freeze(member, "The wallets do not add up", by=None)
    answer = post(client, member, "thaw", "It was the owner")
    both = "Looks stolen; The wallets do not add up"
    assert answer.status_code == 422 and f"Now it is frozen for: {both}" in answer.content.decode()
    assert f'value="{both}"' in answer.content.decode() and Wallet.objects.get(member=member).frozen_reason == both
    assert not AuditEvent.objects.filter(verb="spending.thawed").exists()
    assert post(client, member, "thaw", "Both are settled", both).status_code == 204
    assert audited("thawed").before == {"frozen": both}


@pytest.mark.parametrize("verb", ["freeze", "thaw"])
def test_who_may(client_of, owner, accountant, marketer, member, verb):
    for person in (accountant, marketer, member):
        assert post(client_of(person), member, verb).status_code == 403
    assert client_of(owner).get(f"/admin/billing/members/{member.pk}/{verb}/").status_code == 405
    assert client_of(owner).post(f"/admin/billing/members/{10**9}/{verb}/", {"reason": "x"}).status_code == 404
    assert not AuditEvent.objects.filter(verb__startswith="spending.").exists()


def test_nobody_does_it_to_themselves(client_of, owner):
    spending.freeze(owner, "test", by=None)
    assert "colleague" in post(client_of(owner), owner, "thaw").headers["HX-Trigger"]
    assert Wallet.objects.get(member=owner).frozen_reason == "test"


def test_a_plain_browser_is_sent_to_the_user(client_of, supporter, member):
    answer = client_of(supporter).post(f"/admin/billing/members/{member.pk}/freeze/", {"reason": "x"})
    assert answer["Location"] == f"/admin/users/{member.pk}/"


def test_staff_see_it_where_they_look_a_member_up(client_of, supporter, accountant, member):
    spending.freeze(member, "Looks stolen", by=supporter)
    pages = (
        f"/admin/billing/panels/member_lookup/?member={member.pk}",
        f"/admin/accounts/panels/user_credit/{member.pk}/",
    )
    for page in pages:
        text = client_of(supporter).get(page, headers=HTMX).content.decode()
        assert "Looks stolen" in text and "/thaw/" in text and "/freeze/" not in text
        text = client_of(accountant).get(page, headers=HTMX).content.decode()
        assert "Looks stolen" in text and "/thaw/" not in text


def test_the_member_is_told_in_words_without_the_reason(client_of, supporter, member):
    spending.freeze(member, "Looks stolen", by=supporter)
    text = client_of(member).get("/me/credit/").content.decode()
    assert "cannot be spent at the moment" in text and "support@poemvision.example" in text
    assert "stolen" not in text


def test_no_mail_says_that_frozen_credit_runs_low(member, mailoutbox):
    posting.charge(member, Decimal("9.90"), service="poem")
    spending.freeze(member, "test", by=None)
    assert low_balance.send_due() == 0
    spending.thaw(member, "test", seen="test", by=None)
    assert low_balance.send_due() == 1


def test_a_top_up_that_arrives_meanwhile_does_not_say_that_nothing_is_there(client_of, member):
    paid = {"status": TopUp.Status.PAID, "cash": Decimal(20), "paid_at": timezone.now()}
    top_up = make_paid(member, **paid)
    spending.freeze(member, "test", by=None)
    text = client_of(member).get(top_up.get_absolute_url()).content.decode()
    assert "cannot be spent at the moment" in text and "$0.00 to spend" not in text
