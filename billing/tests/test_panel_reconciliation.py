"""The proof: one figure that is zero, the sums behind it, and a button while nothing runs."""

from decimal import Decimal

import pytest

from billing import reconciliation
from billing.models import Reconciliation
from billing.tests.make import make_difference, make_run
from jobs.models import Job

pytestmark = pytest.mark.django_db
PANEL = "/admin/billing/panels/reconciliation/"
BUTTON = "Reconcile now"


def ask(client, query=""):
    return client.get(PANEL + query, headers={"HX-Request": "true"})


def text_of(client, query=""):
    return ask(client, query).content.decode()


def test_it_works(client_of, owner):
    make_run(rows=8, matched=7, waiting=1, on_its_way=Decimal("-5"))
    text = text_of(client_of(owner))
    for words in ("Unexplained", "$0.00", "some on its way", "$64.12", "says the same", "7 of 8", "−$5.00", BUTTON):
        assert words in text
    assert "1 movement too young" in text and "Checked" in text


def test_it_shows_nothing_yet(client_of, owner):
    text = text_of(client_of(owner))
    assert "Nothing is proven yet" in text and BUTTON in text and "Unexplained" not in text


def test_differences_are_added_up_without_their_signs(client_of, owner):
    make_run(ledger_total=Decimal("44.12"), stripe_balance=Decimal(70))
    make_difference()
    make_difference(kind="amounts_differ", subject="x", amount=Decimal(-20))
    text = text_of(client_of(owner))
    assert "$40.00" in text and "2 differences" in text and "Everything matches" not in text
    assert "Stripe’s own balance: $70.00" in text and "$20.00 less than Stripe’s list" in text


def test_a_run_under_way_shows_how_far_it_is(client_of, owner):
    run = reconciliation.start(by=owner)
    Job.objects.filter(pk=run.job_number).update(progress_done=30, progress_total=100, progress_note="Listing")
    client = client_of(owner)
    text = text_of(client)
    assert "Listing" in text and 'value="30"' in text and f"?running={run.pk}" in text and BUTTON not in text
    reconciliation.note_trouble(run, Exception("Stripe did not answer."))
    assert "Waiting" in text_of(client) and "It goes on by itself" in text_of(client)


def test_the_end_of_a_run_wakes_the_other_panels(client_of, owner):
    client = client_of(owner)
    assert "HX-Trigger" not in ask(client).headers
    run = reconciliation.start(by=owner)
    assert "HX-Trigger" not in ask(client, f"?running={run.pk}").headers
    Reconciliation.objects.filter(pk=run.pk).update(state="failed")
    assert ask(client, f"?running={run.pk}").headers["HX-Trigger"] == "billing-changed"


def test_a_failed_run_says_why_beside_the_last_good_one(client_of, owner):
    make_run(stripe_balance=None)
    make_run(state="failed", error="Stripe says: Invalid API Key.")
    text = text_of(client_of(owner))
    assert "The last run failed" in text and "Invalid API Key" in text
    assert "Everything matches" in text and "moved while it was read" in text


def test_who_only_reads_has_no_button(client_of, accountant):
    make_run()
    text = text_of(client_of(accountant))
    assert "Everything matches" in text and BUTTON not in text


def test_marketing_is_refused(client_of, marketer):
    assert ask(client_of(marketer)).status_code == 403
