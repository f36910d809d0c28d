"""Poem & Usage Analytics: who is counted, what opens what, and that rows and makers add up."""

import re
from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from accounting.asking import period_of
from accounting.usage import queries, savings
from accounts.models import User
from studio.models import Cut
from studio.tests.make import make_cut

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PAGE, ROWS = "/admin/usage/", "/admin/usage/cuts/"


@pytest.fixture
def made(db, member, owner):
    now = timezone.now()
    took = {"queued_at": now - timedelta(minutes=3), "started_at": now - timedelta(minutes=2), "finished_at": now}
    demo = User.objects.create_user("demo@poemvision.example", is_demo=True)
    make_cut(owner=member, service="studio_render", downloads=2, made_with=["poem"], on_wall=True, **took)
    make_cut(owner=member, deleted_at=now, **took)
    make_cut(shares=1, language="de", **took)
    make_cut(state="failed", error="The music would not come.")
    make_cut(owner=owner, **took)
    make_cut(owner=demo, **took)
    return member


def test_it_counts_members_and_visitors_and_each_cut_once(made):
    period = period_of(QueryDict())
    found = queries.figures(period)
    counted = (found.asked, found.made, found.failed, found.kept, found.downloaded, found.shared, found.people)
    assert counted == (4, 3, 1, 2, 1, 1, 3)
    half, most = queries.percentiles(period, "", 0.5, 0.95)
    assert half == most == pytest.approx(180, rel=0.02) and (found.took, found.queued) == (180, 60)
    assert (found.low, found.saved, found.high) == (54 + 27, 114 + 57, 174 + 87)  # the deleted one's wait is taken off
    assert {key: queries.figures(period, key).asked for key in queries.MAKERS} == {
        "": 4, "member": 2, "visitor": 2, "staff": 1, "demo": 1,
    }  # fmt: skip
    by_maker = [queries.figures(period, key).saved for key in ("member", "visitor")]
    assert sum(by_maker) == found.saved == sum(cut.saved for cut in savings.told(queries.cuts(period)))
    assert queries.figures(period.previous).asked == 0 and queries.figures(period.previous).took is None
    Cut.objects.filter(deleted_at=None, state="done").update(queued_at=timezone.now() - timedelta(days=1))
    assert queries.figures(period).saved == 0


def test_on_a_demo_the_page_leads_to_what_the_demo_made(made, client_of, accountant, settings):
    client, words = client_of(accountant), "Show what the demo made"
    settings.DEMO_MONTHS = 14
    link = re.search(f'<a href="([^"]+)">{words}', client.get(PAGE, {"period": "90d"}).text)[1]
    assert link == f"{PAGE}?period=90d&amp;makers=demo"
    assert words not in client.get(link.replace("&amp;", "&")).text
    settings.DEMO_MONTHS = 0
    assert words not in client.get(PAGE).text


def test_each_figure_and_part_opens_as_many_cuts(made, client_of, accountant):
    client, period = client_of(accountant), period_of(QueryDict())
    text = client.get(PAGE).content.decode()
    for words in (
        "Staff and the demo are not counted",
        "Time saved",
        "2.8 h",
        "1.4 h to 4.4 h",
        "what=failed",
        "1.3 cuts, ",
    ):
        assert words in text, words
    for what in queries.WHAT:
        found = client.get(ROWS, {"what": what}).context
        assert len(found["rows"]) == found["total"]["cuts"] == getattr(queries.figures(period), what)
    for part in queries.PARTS:
        for one in queries.usage_breakdown(period=period, part=part):
            what = "failed" if part == "reason" else "asked"
            asked = {"what": what, "part": part, "value": one.value}
            found = client.get(ROWS, asked).context
            assert len(found["rows"]) == found["total"]["cuts"] == one.cuts, part
            assert found["value"] == one.label, part
    assert "· Language: de ·" in client.get(ROWS, {"part": "language", "value": "de"}).text
    file = b"".join(client.get(ROWS, {"format": "csv", "what": "failed"}).streaming_content).decode()
    assert "The music would not come." in file and file.count("\n") == 2
    assert client.get(ROWS, {"part": "frame", "value": "9" * 40}).status_code == 200
