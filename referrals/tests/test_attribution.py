"""Whom a code brought: attributed once, within the cap of the week, and doubted where it looks like the sharer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts import registration
from accounts.models import User
from accounts.tests.make import GOOD_PASSWORD, make_user
from ledger.queries import balances
from referrals import attribution, codes, doubts, rewards
from referrals.models import Referral, ShareCode, VisitDay
from referrals.tests.make import browser, make_code, make_referral, sign_up_by
from sitestats.models import Acquisition
from studio.tests.make import make_cut
from tunables import values

State = Referral.State


def test_a_link_brings_a_member(db):
    code = make_code()
    visitor = browser()
    member = sign_up_by(code.code.lower(), client=visitor)
    referral = Referral.objects.get()
    assert (referral.member, referral.code, referral.state, referral.doubt) == (member, code, State.WAITING, "")
    assert VisitDay.objects.get().visits == 1
    visitor.logout()
    visitor.get(f"/?ref={code}")
    browser("facebookexternalhit/1.1").get(f"/?ref={code}")
    browser().get("/?ref=ZZZZZZZZZZZZ")
    assert VisitDay.objects.get().visits == 2, "a machine that looks at the link is no visit"


def test_codes_of_nobody_bring_nothing_and_stop_nobody(db):
    suspended, deleted = make_code("s@example.org"), make_code("d@example.org")
    User.objects.filter(pk=suspended.member_id).update(is_active=False)
    User.objects.filter(pk=deleted.member_id).update(deleted_at=timezone.now(), purges_at=timezone.now())
    for code in (suspended, deleted, "ZZZZZZZZZZZZ", "producthunt", ""):
        assert sign_up_by(code).pk
    assert not Referral.objects.exists()
    assert Acquisition.objects.filter(share_code=suspended.code, channel="referral").count() == 1


def test_share_pages_carry_the_code_of_who_looks_or_made_it(db, client):
    maker, viewer = make_user("maker@example.org"), make_user("viewer@example.org")
    path = make_cut(owner=maker, shared=True).share_path

    def shown(who) -> str:
        return who.get(path).content.decode()

    page = shown(client)
    (code,) = ShareCode.objects.values_list("code", flat=True)
    assert f"{path}?ref={code}" in page and f"/make/?ref={code}" in page and f"/go/share_banner/?ref={code}" in page
    assert f'<link rel="canonical" href="http://localhost:8000{path}">' in page
    client.get(f"/go/share_banner/?ref={code}", headers={"Referer": f"http://localhost:8000{path}"})
    sign_up_by("", client=client, email="by@example.org")
    kept = Acquisition.objects.get()
    assert (kept.channel, kept.source, kept.share_target) == ("share", code, path.split("/")[2])
    assert Referral.objects.get().code.member == maker

    client.force_login(viewer)
    assert f"{path}?ref={codes.of(viewer)}" in shown(client)
    client.force_login(make_user("staff@example.org", role="support"))
    assert f"{path}?ref={code}" in shown(client)
    anonymous = make_cut(shared=True).share_path
    assert "?ref=" not in browser().get(anonymous).content.decode()


def test_the_cap_holds_with_many_at_once(patience):
    """As many as may are attributed; the others have their account and their credit, and are counted."""
    limit = 3
    values.change("share_code_weekly_limit", str(limit), by=None)
    values.change("require_email_verification", "off", by=None)
    values.change("signups_per_address_per_day", "1000", by=None)
    code = make_code()
    for age in (timedelta(days=8), timedelta(days=6)):
        make_referral(code, created_at=timezone.now() - age)

    def sign_up(number):
        try:
            return sign_up_by(code.code, email=f"thread{number}@example.net")
        finally:
            connection.close()

    with ThreadPoolExecutor(3 * limit) as threads:
        members = list(threads.map(sign_up, range(3 * limit)))
    states = list(Referral.objects.filter(member__in=members).values_list("state", flat=True))
    assert states.count(State.OVER_CAP) == 3 * limit - (limit - 1), "one of six days ago still counts"
    assert len(states) == 3 * limit == Acquisition.objects.filter(share_code=code.code).count()
    assert all(balances(member).granted == 1 for member in members)


def test_the_cap_is_used_up_by_those_whose_address_is_theirs(db):
    """Else a sharer would learn from what is left of it whose address is new here; who confirms late gains nothing."""
    values.change("share_code_weekly_limit", "1", by=None)
    code = make_code()
    first, second, known = (sign_up_by(code.code) for _ in range(3))
    registration.welcome(second)
    Referral.objects.filter(member=known).update(created_at=timezone.now() - timedelta(days=6))
    for late in (first, known):
        registration.welcome(late)
    states = dict(Referral.objects.values_list("member", "state"))
    assert states == {first.pk: State.OVER_CAP, second.pk: State.WAITING, known.pk: State.OVER_CAP}
    third = sign_up_by(code.code)
    Referral.objects.filter(member=third).update(created_at=timezone.now() + timedelta(days=8))
    registration.welcome(third)
    assert Referral.objects.get(member=third).state == State.WAITING, "the week is over"


@pytest.mark.parametrize(
    ("days", "fits"), [((-6, 6), True), ((-6, -1), False), ((-3, 4), False), ((-3, 5), True), ((-8, 1), True)]
)
def test_a_late_confirmation_counts_within_some_seven_days(db, days, fits):
    values.change("share_code_weekly_limit", "2", by=None)
    code, at = make_code(), timezone.now()
    late = sign_up_by(code.code)
    Referral.objects.filter(member=late).update(created_at=at)
    for number in days:
        make_referral(code, created_at=at + timedelta(days=number))
    registration.welcome(late)
    assert Referral.objects.get(member=late).state == (State.WAITING if fits else State.OVER_CAP)


@pytest.mark.parametrize("when", ["before", "meanwhile"])
@pytest.mark.parametrize(("decide", "state"), [(rewards.refuse, State.REFUSED), (rewards.release, State.WAITING)])
def test_what_staff_decide_before_or_while_an_address_is_confirmed_stays(db, owner, monkeypatch, decide, state, when):
    values.change("share_code_weekly_limit", "1", by=None)
    code = make_code()
    late = sign_up_by(code.code)
    referral = Referral.objects.get(member=late)
    Referral.objects.filter(member=late).update(state=State.HELD, doubt="One mark")
    make_referral(code)

    def meanwhile(*args, **options):
        assert decide(referral, by=owner)
        return is_used_up(*args, **options)

    is_used_up = attribution._is_used_up
    if when == "before":
        assert decide(referral, by=owner)
    else:
        monkeypatch.setattr(attribution, "_is_used_up", meanwhile)
    registration.welcome(late)
    kept = Referral.objects.get(member=late)
    assert (kept.state, kept.doubt, kept.decided_by) == (state, "One mark", owner)


def test_who_looks_like_the_sharer_is_held(db):
    sharer = browser("Mozilla/5.0 of the sharer")
    code = make_code("ada.love@gmail.com")
    sharer.post("/account/login/", {"login": code.member.email, "password": "kettle harbour sparrow tin"})
    sharer.logout()
    code.member.former_addresses.create(email="ada@old.example")
    for email, client, words in [
        ("adalove+2@googlemail.com", browser(), "same mailbox as the member"),
        ("ada+1@old.example", browser(), "same mailbox as the member"),
        ("zed@gmail.com", browser(), ""),
        ("z.ed+3@googlemail.com", browser(), "same mailbox as another sign-up"),
        ("other@example.net", sharer, "same network and browser as the member"),
        ("one@example.net", browser("Mozilla/5.0 shared"), ""),
        ("two@example.net", browser("Mozilla/5.0 shared"), "another sign-up"),
    ]:
        referral = sign_up_by(code.code, email=email, client=client).referral
        assert (referral.state, words in referral.doubt) == (State.HELD if words else State.WAITING, True), email
    assert doubts.canonical("A.B+c@Example.org") == "a.b@example.org"


@pytest.mark.parametrize("since", ["the sign-in", "a session that began before there were marks"])
def test_a_code_that_a_visitor_made_still_knows_its_member(db, since):
    member, sharer = make_user("ada@example.org"), browser("Mozilla/5.0 of the sharer")
    if since == "the sign-in":
        sharer.post("/account/login/", {"login": member.email, "password": GOOD_PASSWORD})
        code = codes.of(member)
    else:
        sharer.force_login(member)
        code = codes.of(member)
        assert code.mark == "" and str(code) in sharer.get("/me/").content.decode()
    sharer.logout()
    assert sign_up_by(code.code, client=sharer).referral.state == State.HELD
