"""Minutes by hand: who may say them, once, and that they change nothing of before."""

from datetime import timedelta

from django.http import QueryDict
from django.utils import timezone

from accounting.asking import period_of
from accounting.models import TimeBaseline
from accounting.usage import queries, savings
from accounts.models import User
from audit.models import AuditEvent
from studio.tests.make import make_cut

PANEL, ADD = "/admin/accounting/panels/usage_baselines/", "/admin/usage/baselines/add/"
HTMX = {"HX-Request": "true"}
TOLD = {"service": "lite_render", "low": "10", "high": "30", "note": "Ten people, timed", "form_key": "f" * 32}


def test_other_minutes_hold_for_later_cuts_alone(client_of, marketer, accountant, member):
    now, period = timezone.now(), period_of(QueryDict())
    took = {"queued_at": now, "started_at": now, "finished_at": now + timedelta(minutes=1), "downloads": 1}
    make_cut(owner=member, **took)
    before = queries.figures(period)
    assert (before.low, before.saved, before.high) == (29, 59, 89)
    assert client_of(accountant).post(ADD, TOLD, headers=HTMX).status_code == 403
    client = client_of(marketer)
    swapped = client.post(ADD, TOLD | {"low": "31"}, headers=HTMX)
    assert swapped.status_code == 422 and "Swap them" in swapped.content.decode()
    for _ in range(2):
        assert client.post(ADD, TOLD, headers=HTMX).status_code == 204
    made = TimeBaseline.objects.get(by=marketer)
    assert AuditEvent.objects.filter(verb="accounting.baseline_added", actor=marketer).count() == 1
    assert queries.figures(period) == before
    other = User.objects.create_user("other@poemvision.example")
    for maker in ({"owner": other}, {}):
        make_cut(**maker, **took)
    make_cut(owner=other, service="studio_render", **took)
    after = queries.figures(period)
    assert (after.saved, after.low) == (59 + 2 * 19 + 119, 29 + 2 * 9 + 59)
    each = [
        queries.cuts(period).filter(owner__isnull=True),
        *(queries.cuts(period).filter(owner=who) for who in (member, other)),
    ]
    assert sum(cut.saved for cuts in each for cut in savings.told(cuts)) == after.saved
    text = client_of(accountant).get(PANEL, headers=HTMX).content.decode()
    assert text.count("Holds") == 2 and "As shipped" in text and "Ten people, timed" in text and "<form" not in text
    assert made.note in client.get(PANEL, headers=HTMX).content.decode()


def test_what_was_thrown_away_is_told(client_of, marketer):
    now = timezone.now()
    make_cut(queued_at=now, started_at=now, finished_at=now + timedelta(hours=1), deleted_at=now)
    text = client_of(marketer).get("/admin/usage/").content.decode()
    assert "0.0 h to 0.0 h; 1.0 h waited in vain" in text
