"""Cohorts: members and revenue, each cell opens those who are left."""

import pytest

from reports import rollups
from reports.tests.make import ago, lives

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("confirmed_lately")]
PANEL = "/admin/reports/panels/cohorts/"


def test_it_works(client_of, accountant, make_people):
    one, two = make_people("", "")
    lives(one, (ago(2), "10"), (ago(1), "30"))
    lives(two, (ago(2), "10"), (ago(1), "0"))
    rollups.catch_up()
    client = client_of(accountant)
    text = client.get(PANEL).content.decode()
    assert "50%" in text and 'class="s5"' in text and "All of that age" in text
    assert "150%" in client.get(f"{PANEL}?of=mrr").content.decode()
    lines = b"".join(client.get(f"{PANEL}?of=mrr&format=csv").streaming_content).decode().splitlines()
    assert lines[0].startswith("\ufeffFirst paid,MRR,Share at its end,Share after 1 month,Share after 2 months,MRR at")
    assert lines[1:] == [f"{ago(2):%Y-%m},20.00,1.00,1.50,1.50,20.00,30.00,30.00", "All of that age,,1.00,1.50,1.50,,,"]
    cell = f"/admin/reports/members/?who=paying&from={ago(1):%Y-%m}&to={ago(1):%Y-%m}&first={ago(2):%Y-%m}"
    assert cell.replace("&", "&amp;") in text
    shown = client.get(cell).content.decode()
    assert ": $30.00" in shown and f"/members/{one.pk}/" in shown and f"/members/{two.pk}/" not in shown


def test_it_shows_nothing_yet(client_of, accountant):
    assert "No cohort yet" in client_of(accountant).get(PANEL).content.decode()


@pytest.mark.parametrize("query", ["who=nobody", "who=new&from=x&to=2026-01", "who=new&from=2026-02&to=2026-01"])
def test_a_list_of_nothing_that_is_known_is_not_there(client_of, accountant, query):
    assert client_of(accountant).get(f"/admin/reports/members/?{query}").status_code == 404
