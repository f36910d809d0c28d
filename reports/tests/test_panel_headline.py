"""Key figures of Financial Reports, each with its definition and the way to what it is made of."""

import re
from datetime import timedelta

import pytest

from audit.models import AuditEvent
from jobs.models import Job, State
from jobs.registry import DEFAULT_QUEUE, queue_of, run_now
from memberships.models import Subscription
from reports import queries, rollups
from reports.models import Look, MonthSum
from reports.tests.make import NOW, ago, hears, lives

HTMX = {"HX-Request": "true"}
PAGE, PANEL = "/admin/reports/", "/admin/reports/panels/headline/"
REFRESH = "/admin/reports/refresh/"


def test_it_works(client_of, accountant, marketer, make_people, confirmed_lately):
    one, two = make_people("", "")
    lives(one, (ago(2), "12"), (ago(0), "20"))
    lives(two, (ago(1), "10"), (ago(0), "0"))
    rollups.catch_up()
    client = client_of(accountant)
    text = client.get(f"{PAGE}?period=month").content.decode()
    for words in ("Financial Reports", "$20.00", "$240.00", "90.9%", "54.5%", "Adds up"):
        assert words in text, words
    assert text.count('popovertarget="about-') == text.count("Source: ") == 17
    cards = re.findall(r"<h3>([\w ]+?)<.*?class=\"val\"><a href=\"([^\"]+)\">([^<]*)<", text, re.S)
    for label, url, shown in cards:
        page = client.get(url.replace("&amp;", "&")).content.decode()
        if label in ("MRR", "Committed MRR", "Received", "Net"):
            assert f": {shown}</span>" in page, label
        if label in ("Paying members", "New paid users"):
            assert f"· {shown} row" in page, label
    assert len(cards) == 17
    assert b"".join(client.get(f"{PANEL}?period=month&format=csv").streaming_content).decode().count("\r\n") == 18
    assert client.get(f"{PANEL}?format=xlsx").headers["Content-Disposition"].endswith('.xlsx"')
    Look.objects.update(version=0)
    assert "Being made anew" in client.get(PANEL, headers=HTMX).content.decode()
    Look.objects.update(version=Look.VERSION)
    MonthSum.objects.filter(kind="churn").update(net=-9)
    rollups.catch_up()
    assert (
        "In 1 month the rows of members are not what the movements" in client.get(PANEL, headers=HTMX).content.decode()
    )
    rollups.begin_anew()
    Subscription.objects.update(mrr=11)
    rollups.catch_up()
    assert "Does not add up" in client.get(PANEL, headers=HTMX).content.decode()
    assert client_of(marketer).get(PAGE).status_code == 403


def test_a_rate_opens_those_whom_it_counts(client_of, accountant, make_people):
    """Who is back is in the upgrade rate, and who pays for the first time; each list adds up to what its rate is of."""
    back, fresh, left, more = make_people(*[""] * 4)
    lives(back, (ago(3), "10"), (ago(2), "0"), (ago(0), "10"))
    lives(fresh, (ago(0), "12"))
    lives(left, (ago(3), "7"), (ago(0), "0"))
    lives(more, (ago(3), "5"), (ago(0), "8"))
    rollups.catch_up()
    client = client_of(accountant)
    text = client.get(f"{PAGE}?period=month").content.decode()
    opens = {"Upgrade rate": (2, "$22"), "Revenue churn": (1, "−$7"), "Customer churn": (1, "−$7"), "NRR": (2, "−$4")}
    opens |= {"GRR": (1, "−$7"), "Net churn": (3, "$6"), "New paid users": (1, "$12"), "LTV": (1, "−$7")}
    for label, (count, total) in opens.items():
        url = re.search(rf"<h3>{label}<.*?class=\"val\"><a href=\"([^\"]+)\"", text, re.S)[1]
        page = client.get(url.replace("&amp;", "&")).content.decode()
        assert f": {total}.00</span>" in page and f"· {count} row" in page, label


def test_what_a_test_clock_tells_of_the_future_is_in_no_figure_yet(client_of, accountant, member):
    later = NOW + timedelta(days=40)
    row = lives(member, (ago(1), "12"))
    Subscription.objects.filter(pk=row.pk).update(heard_at=later, cancel_at=later)
    hears(row, later, "0", cancel_at=1)
    look, client = rollups.catch_up(), client_of(accountant)
    assert (look.mrr, look.committed, look.moved, look.off) == (12, 12, 12, 0)
    text = client.get(f"{PAGE}?period=month").content.decode()
    assert "Adds up" in text and "worth: $12.00 a month" in text
    for who in ("paying", "committed"):
        url = f"/admin/reports/members/?who={who}&from={NOW:%Y-%m}&to={NOW:%Y-%m}"
        assert ": $12.00</span>" in client.get(url).content.decode(), who
    told = client.get(f"/admin/reports/members/{member.pk}/").content.decode()
    assert ": $12.00</span>" in told and told.count("To come") == 1


@pytest.mark.django_db
def test_nothing_yet_and_asked_to_look(client_of, owner, accountant):
    client = client_of(owner)
    text = client.get(PANEL, headers=HTMX).content.decode()
    assert "Nothing was added up yet" in text and "Bring up to date" in text and "$0.00" in text
    for _ in range(2):
        assert "reports-changed" in client.post(REFRESH, headers=HTMX).headers["HX-Trigger"]
    job = Job.objects.get(kind=queries.LOOK)
    assert "Looking for what is new" in client.get(PANEL, headers=HTMX).content.decode()
    asks = HTMX | {"HX-Trigger": "reports-look"}
    assert client.get(PANEL, headers=asks).status_code == 204, "nothing is swapped while it looks"
    assert queue_of(queries.LOOK) == DEFAULT_QUEUE, "a viewer waits for it"
    assert run_now(job).state == State.DONE and Look.objects.exists()
    done = client.get(PANEL, headers=asks)
    assert (done.status_code, done.headers["HX-Trigger"], done.content) == (286, "reports-changed", b"")
    assert AuditEvent.objects.filter(verb="reports.refreshed", actor=owner).count() == 1
    assert client_of(accountant).post(REFRESH).status_code == 403
