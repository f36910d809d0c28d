"""The staff's list of cuts: who, what state, what it brought and cost; and what staff do with one."""

from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from audit.models import AuditEvent
from files import place
from files.links import url
from files.models import StoredFile
from jobs import runner
from jobs.models import Job
from ledger import posting
from pricing.models import ProviderCall
from studio import addresses, cuts
from studio.models import Cut
from studio.tests.make import make_cut

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = "/admin/studio/panels/cuts/"


def test_it_works(client_of, owner, member):
    cut = make_cut(owner=member, service="studio_render", price=Decimal("0.25"), title="Paid for")
    posting.grant(member, Decimal("0.05"), note="Hello")
    posting.top_up(member, cash=Decimal(1), external_id="t")
    posting.charge(member, cut.price, service=cut.service, external_id=f"cut:{cut.pk}:charge")
    make_cut(title="For nothing")
    facts = {"service_id": "music", "provider": "replicate", "expected": Decimal("0.06"), "cut_id": cut.pk}
    ProviderCall.objects.create(key="a", state="answered", reported=Decimal("0.0525"), **facts)
    ProviderCall.objects.create(key="b", state="failed", **facts)
    client = client_of(owner)
    text = client.get(PANEL).content.decode()
    for words in (
        "Paid for",
        "For nothing",
        "Visitor",
        member.email,
        "$0.25",
        ">$0.05 promotional",
        ">$0.0525",
        ">$0.1475",
        "900 ms",
    ):
        assert words in text
    picture = cut.images.get()
    of = f"q={picture.code}"
    assert (
        f'href="/admin/cuts/?{of}"' in client.get(f"/admin/catalog/panels/asset_uses/{picture.code}/").content.decode()
    )
    for query, there, gone in (
        ("kind=visitor", "For nothing", "Paid for"),
        *((q, "Paid for", "For nothing") for q in ("q=paid", of)),
    ):
        text = client.get(f"{PANEL}?{query}").content.decode()
        assert there in text and gone not in text
    assert "No cut fits" in client.get(f"{PANEL}?state=failed").content.decode()
    rows = b"".join(client.get(f"{PANEL}?format=csv")).decode().splitlines()
    assert len(rows) == 3 and "Studio,0.25,0.00,0.0525,0.05,0.1475" in rows[2]
    assert AuditEvent.objects.get(verb="studio.exported").actor == owner


def test_it_shows_nothing_yet(client_of, owner):
    assert "No cuts yet" in client_of(owner).get(PANEL).content.decode()


def test_it_requires_cuts_read(client_of, member):
    assert client_of(member).get(PANEL).status_code == 403


def test_the_page_of_a_cut_leads_to_its_charge(client_of, owner, member):
    posting.grant(member, Decimal(1), note="Hello")
    cut = make_cut(owner=member, price=Decimal("0.10"))
    charge = posting.charge(member, cut.price, service=cut.service, external_id=f"cut:{cut.pk}:charge")
    text = client_of(owner).get(f"/admin/cuts/{cut.pk}/").content.decode()
    assert f"/admin/billing/transactions/{charge.transaction_id}/" in text and "The kettle hums" in text


def test_a_cut_without_words_has_a_number_and_says_why(client_of, owner, member):
    deleted, of_a_visitor = make_cut(owner=member, deleted_at=timezone.now()), make_cut()
    Cut.objects.update(title="", text="", purged_at=timezone.now())
    client = client_of(owner)
    text = client.get(f"/admin/cuts/{deleted.pk}/").content.decode()
    assert f"Cut {deleted.pk}" in text and ", as its maker deleted it" in text
    text = client.get(f"/admin/cuts/{of_a_visitor.pk}/").content.decode()
    assert "words and files were removed" in text and "maker deleted it" not in text
    assert f">Cut {of_a_visitor.pk}</a>" in client.get(PANEL).content.decode()


def test_a_reversed_charge_shows_as_reversed(client_of, owner, member):
    """To staff in the list and on the cut, and to its maker; it brought nothing."""
    cut = make_cut(owner=member, service="studio_render", price=Decimal("0.25"))
    posting.grant(member, Decimal("0.05"), note="Hello")
    posting.top_up(member, cash=Decimal(1), external_id="t")
    charge = posting.charge(member, cut.price, service=cut.service, external_id=f"cut:{cut.pk}:charge")
    staff, page = client_of(owner), f"/admin/cuts/{cut.pk}/"
    before = Cut.objects.with_cost().get()
    assert (before.paid, before.promotional, before.charged) == (Decimal("0.20"), Decimal("0.05"), Decimal("0.25"))
    assert "Reversed" not in staff.get(page).text + staff.get(PANEL).text
    posting.reverse(charge.transaction_id, actor=owner, note="A fault of ours")
    after = Cut.objects.with_cost().get()
    assert (after.paid, after.promotional, after.charged, after.margin) == (0, 0, 0, 0) and after.reversed_at
    assert "given back to its maker" in staff.get(page).text and "Reversed" in staff.get(PANEL).text
    assert "Its charge of $0.25 was given back to you." in client_of(member).get(cut.get_absolute_url()).text


def test_what_was_paid_for_its_parts_counts(client_of, owner, member):
    """A picture was painted for it at $0.04: its charge is revenue of the cut, as its call is cost, until reversed."""
    cut = make_cut(owner=member, service="studio_render", price=Decimal("0.25"))
    posting.top_up(member, cash=Decimal(1), external_id="t")
    posting.charge(member, cut.price, service=cut.service, external_id=f"cut:{cut.pk}:charge")
    wish = posting.charge(member, Decimal("0.04"), service="image", external_id="wish:77:charge")
    posting.charge(member, Decimal("0.04"), service="image", external_id="wish:7:charge")  # not of it
    facts = {"service_id": "image", "provider": "image_model", "state": "answered", "cut_id": cut.pk}
    ProviderCall.objects.create(key="image:77", expected=Decimal("0.0184"), **facts)
    ProviderCall.objects.create(
        key=f"music:cut:{cut.pk}:1", expected=Decimal("0.0564"), **facts | {"service_id": "music"}
    )
    found, staff = Cut.objects.with_cost().get(), client_of(owner)
    assert (found.paid, found.for_parts, found.margin) == (Decimal("0.29"), Decimal("0.04"), Decimal("0.2152"))
    page, of_wish = staff.get(f"/admin/cuts/{cut.pk}/").text, f"/admin/billing/transactions/{wish.transaction_id}/"
    assert all(f"${amount}<" in page for amount in ("0.0184", "0.0564", "0.0748")), "what is shown adds up"
    assert (
        "$0.2152" in page
        and "Charge of its picture" in page
        and of_wish in page
        and ">$0.04 for its parts" in staff.get(PANEL).text
    )
    assert f"/admin/cuts/{cut.pk}/" in staff.get(of_wish).text
    posting.reverse(wish.transaction_id, actor=owner, note="A fault of ours")
    assert Cut.objects.with_cost().get().margin == Decimal("0.1752")


def test_staff_take_down_and_let_back(client_of, supporter, owner, member):
    cut = make_cut(owner=member, shared=True, on_wall=True)
    assert client_of(supporter).post(f"/admin/cuts/{cut.pk}/bar/").status_code == 403
    client = client_of(owner)
    for verb, on_wall in (("bar", False), ("bar", False), ("unbar", True)):
        client.post(f"/admin/cuts/{cut.pk}/{verb}/")
        cut.refresh_from_db()
        assert (cut.on_wall, cut.shared) == (on_wall, True)
    verbs = AuditEvent.objects.filter(target=f"cut:{cut.pk}").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["cut.barred", "cut.unbarred"]
    cuts.show(cut, cuts.LINK)
    address, nobody = f"/c/{cut.slug}/", Client()
    for verb, visibility, answer in (
        ("bar", "link", 200),
        ("take_down", "private", 404),
        ("take_down", "private", 404),
        ("unbar", "link", 200),
    ):
        client.post(f"/admin/cuts/{cut.pk}/{verb}/")
        cut.refresh_from_db()
        assert (cut.visibility, nobody.get(address).status_code) == (visibility, answer), verb
        assert nobody.get(f"{address}as/square/").status_code == (302 if answer == 200 else answer)
    cuts.take_down(cut, by=owner)
    assert not cuts.show(cut, cuts.LINK) and cuts.show(cut, cuts.PRIVATE)
    assert "We took it down" in client_of(member).get(cut.get_absolute_url()).content.decode()
    cuts.let_back(cut, by=owner)
    cut.refresh_from_db()
    assert cut.visibility == "private", "its maker has chosen so meanwhile"


def test_links_of_a_cut_that_was_taken_down_stop_working(client, client_of, owner, member):
    cut = make_cut(owner=member, shared=True)
    client.get(f"/c/{cut.slug}/as/square/")
    cut.refresh_from_db()
    links = [url(stored) for stored in (cut.video, cut.poster, cut.picture, cut.print_sheet, cut.sized.get().file)]
    files = StoredFile.objects.count()
    assert {client.head(link).status_code for link in links} == {200}
    cuts.take_down(cut, by=owner)
    place.remove(cut.print_sheet.name)  # as if the storage had lost it
    assert runner.run_due() == 1 and StoredFile.objects.count() == files
    assert {client.head(link).status_code for link in links} == {404}
    cut = Cut.objects.get()
    assert client.head(url(cut.video)).status_code == 200 and client.head(url(cut.sized.get().file)).status_code == 200
    cuts.let_back(cut, by=owner)
    addresses.change(Job.objects.get(kind=addresses.JOB))
    assert Cut.objects.get().video == cut.video


def test_staff_try_again(client_of, owner, member):
    cut = make_cut(owner=member, state="failed", price=Decimal("0.08"))
    client = client_of(owner)
    client.post(f"/admin/cuts/{cut.pk}/retry/")
    assert not Job.objects.filter(kind="studio.render").exists(), "its maker cannot pay"
    posting.grant(member, Decimal(1), note="Hello")
    for _ in range(2):
        client.post(f"/admin/cuts/{cut.pk}/retry/")
    cut.refresh_from_db()
    assert cut.price == Decimal("0.08"), "no more than was agreed"
    assert cut.state == "queued" and Job.objects.filter(kind="studio.render").count() == 1
    assert AuditEvent.objects.filter(verb="cut.retried", actor=owner).count() == 1
    for changes in ({"state": "cancelled"}, {"state": "failed", "deleted_at": timezone.now()}):
        Cut.objects.filter(pk=cut.pk).update(**changes)
        assert not cuts.retry_for(cut, by=owner)
