"""Runs: by whom, for which day, and what they found."""

from datetime import date

import pytest

from billing.tests.make import make_run

pytestmark = pytest.mark.django_db
PANEL = "/admin/billing/panels/reconciliations/"


def text_of(client):
    return client.get(PANEL, headers={"HX-Request": "true"}).content.decode()


def test_it_works(client_of, accountant, owner):
    make_run(day=date(2026, 11, 24), repaired=3)
    make_run(by=owner, state="failed", error="Invalid API Key")
    text = text_of(client_of(accountant))
    for words in ("24 Nov 2026", "Schedule", "8 of 8", "$64.12", "Owner", "Failed", "Invalid API Key", "Until then"):
        assert words in text


def test_it_shows_nothing_yet(client_of, accountant):
    assert "No runs yet" in text_of(client_of(accountant))


def test_marketing_is_refused(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403
