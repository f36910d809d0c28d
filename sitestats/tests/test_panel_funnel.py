"""The funnel's steps, of the same rows as the cards; the last one is what the ledger says, by a stated rule."""

import datetime as dt
from collections import Counter
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import User
from ledger import posting
from sitestats import deeds, facts, queries, rollups
from sitestats.models import Deed
from sitestats.recording import Did
from sitestats.storing import Batch, Store
from sitestats.tests.make import asked, make_paying, make_traffic
from sitestats.tests.test_page_views import view

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = "/admin/sitestats/panels/funnel/"


def test_steps_stand_beside_the_ledger(client_of, owner, member):
    make_traffic()
    make_paying(member)
    found = queries.funnel(asked=asked())
    assert [step.number for step in found.steps] == [3, 3, 0, 0, 0]
    assert (found.ledger.members, found.ledger.paid, found.ledger.unseen, found.off) == (1, Decimal(5), 1, 0)
    assert queries.funnel(asked=asked(source="ai")).ledger is None
    page = client_of(owner).get(PANEL).content.decode()
    assert "Had a cut rendered" in page and "$5.00" in page and "1 not seen" in page


def test_who_took_the_steps_otherwise_is_told_and_the_rest_is_the_last_step(client_of, owner, monkeypatch, settings):
    """Of four: one in order, one who signed up before the cut, one unseen, one of a demo."""
    settings.DEMO_MONTHS = 0
    monkeypatch.setattr(deeds, "FACTS", {"render": lambda ids: [(number, timezone.now()) for number in ids]})
    now = timezone.now().timestamp()
    people = [User.objects.create_user(f"m{n}@example.org", is_demo=n == 3) for n in range(4)]
    did = []
    for visitor, (cut, signed) in ((1, (60, 90)), (2, (90, 60))):
        did += [Did(now - 300 + cut, visitor, 0, "", "render", visitor)]
        did += [Did(now - 300 + signed, visitor, 0, "", "sign_up", people[visitor - 1].pk)]
    views = [view(now - 300, visitor) for visitor in (1, 2)]
    Store().write(Batch(views, Counter(), len(views), did))
    for number, one in enumerate(people):
        posting.top_up(one, cash=Decimal(5), external_id=f"pi_{number}")
    rollups.catch_up()
    facts.catch_up()
    found = queries.funnel(asked=asked())
    told = found.ledger
    assert [step.number for step in found.steps] == [2, 2, 2, 1, 1]
    assert (told.members, told.paid, told.ordered, told.otherwise, told.unseen) == (3, 15, 1, 1, 1)
    assert found.off == 0 and "Reconciled" in client_of(owner).get(PANEL).content.decode()
    Deed.objects.filter(what="render", subject=2).update(at=timezone.now() - dt.timedelta(seconds=260))
    facts.catch_up()
    page = client_of(owner).get(PANEL).content.decode()  # before the day is added up anew
    assert queries.funnel(asked=asked()).off == 1 and "Differs" in page and "Reconciled" not in page
    settings.DEMO_MONTHS = 14  # of a demo they count, as their page views do
    facts.catch_up()
    assert queries.funnel(asked=asked()).ledger.members == 4


def test_the_ledger_stands_there_without_any_session(client_of, owner, member):
    make_paying(member)
    page = client_of(owner).get(PANEL).content.decode()
    assert "No session began in " in page and "By the ledger" in page and "format=csv" in page


def test_a_late_top_up_is_told_on_the_day_of_the_sign_up(db):
    then = timezone.now() - dt.timedelta(days=20)
    member, other = (User.objects.create_user(f"{name}@example.org", date_joined=then) for name in "ab")
    posting.top_up(other, cash=Decimal(7), external_id="pi_0", happened_at=then)
    facts.catch_up()
    posting.top_up(member, cash=Decimal(5), external_id="pi_1")
    assert queries.funnel(asked=asked(period="30d")).ledger.members == 1
    for _ in range(2):
        facts.catch_up()
        told = queries.funnel(asked=asked(period="30d")).ledger
        assert (told.members, told.paid, told.unseen) == (2, 12, 2)
    assert queries.funnel(asked=asked()).ledger.members == 0
