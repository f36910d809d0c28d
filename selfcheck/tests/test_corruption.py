"""Somebody with the keys to the database changes one row past its guards: who is stopped, and who is called."""

import pytest

from alerts.queries import open_alerts
from audit.models import AuditEvent
from audit.tests.make import make_event, tamper
from jobs.models import Job
from jobs.registry import run_now
from ledger import posting
from ledger.models import Wallet
from ledger.tests.make import D, break_by
from selfcheck.tests.conftest import HTMX

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books", "confirmed_lately")]
ONE = "(SELECT id FROM accounts_user WHERE email = 'member@poemvision.example')"
LINE = f"line = 2 AND transaction_id = (SELECT max(id) FROM ledger_transaction WHERE member_id = {ONE})"
PAID = f"kind = 'paid' AND member_id = {ONE}"

# what is broken, how it is repaired, and which check names the member
CASES = {
    "a stored balance": (
        f"UPDATE ledger_wallet SET paid = paid + 1 WHERE member_id = {ONE}",
        f"UPDATE ledger_wallet SET paid = paid - 1 WHERE member_id = {ONE}",
        "balances",
    ),
    "a lot": (
        f"UPDATE ledger_lot SET remaining = remaining - 1 WHERE {PAID}",
        f"UPDATE ledger_lot SET remaining = remaining + 1 WHERE {PAID}",
        "lots",
    ),
    "an entry": (
        f"UPDATE ledger_entry SET amount = amount + 1 WHERE {LINE}",
        f"UPDATE ledger_entry SET amount = amount - 1 WHERE {LINE}",
        "entries",
    ),
}


def check(client, name=""):
    """“Check again” or “Check all”, and the job behind it."""
    address = f"/admin/selfcheck/checks/{name}/run/" if name else "/admin/selfcheck/checks/run/"
    assert client.post(address, headers=HTMX).status_code == 204
    job = run_now(Job.objects.filter(kind="selfcheck.run").latest("pk"))
    assert (job.state, job.progress_done) == ("done", job.progress_total)


def frozen():
    return list(Wallet.objects.filter(frozen_at__isnull=False).values_list("member__email", flat=True))


@pytest.mark.parametrize(("breaks", "repairs", "name"), CASES.values(), ids=CASES)
def test_exactly_that_member_is_stopped_until_it_is_repaired_and_thawed(
    client_of, owner, member, outsider, panel, breaks, repairs, name
):
    client = client_of(owner)
    check(client)
    assert "Everything adds up" in panel("checks", client=client)
    break_by(breaks)
    check(client)
    assert frozen() == [member.email]
    with pytest.raises(posting.Frozen, match="self-check"):
        posting.charge(member, D(1), service="poem")
    assert posting.charge(outsider, D(1), service="poem").created

    alert = open_alerts().get(fingerprint=f"self-check:{name}:{member.pk}")
    assert alert.severity == "bad" and f"member {member.pk}" in alert.title
    audited = AuditEvent.objects.filter(verb="spending.frozen", target=f"user:{member.pk}").first()
    assert audited.actor is None and "self-check" in audited.note
    page = panel("checks", client=client)
    row = page[page.index(f'id="check-{name}"') :].partition("</tr>")[0]
    assert "Does not add up" in row and member.email in row and outsider.email not in page
    assert member.email in panel("frozen", client=client)

    break_by(repairs)
    check(client)
    assert not open_alerts().exists()
    assert frozen() == [member.email], "only staff thaw"
    thaw = f"/admin/billing/members/{member.pk}/thaw/"
    shown = {"reason": "Repaired by hand", "seen": Wallet.objects.get(member=member).frozen_reason}
    assert client.post(thaw, shown, headers=HTMX).status_code == 204
    assert posting.charge(member, D(1), service="poem").created
    check(client)
    assert frozen() == []


def test_a_changed_audit_row_stops_nobody_and_is_alarmed(client_of, owner, panel):
    make_event()
    client = client_of(owner)
    check(client, "audit")
    tamper("UPDATE audit_auditevent SET note = 'forged' WHERE position = 1")
    check(client, "audit")
    assert frozen() == []
    assert open_alerts().get().fingerprint == "audit-broken"
    page = panel("checks", client=client)
    assert "Row 1 (id" in page and "Does not add up" in page


def test_a_missing_guard_stops_nobody_and_is_alarmed(client_of, owner, panel):
    break_by("DROP TRIGGER ledger_entry_kept ON ledger_entry")
    client = client_of(owner)
    check(client, "guards")
    assert frozen() == []
    alert = open_alerts().get()
    assert (alert.fingerprint, alert.severity) == ("self-check:guards", "bad")
    assert "ledger_entry_kept" in alert.detail and "ledger_entry_kept" in panel("checks", client=client)
