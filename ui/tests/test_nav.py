"""The sidebar shows what the viewer may open."""

import pytest
from django.urls import resolve

from ui import nav


def labels(user, path="/admin/"):
    return [entry.label for _, entries in nav.groups(user, path) for entry in entries]


def test_it_works(owner):
    shown = nav.groups(owner, "/admin/users/")
    (current,) = [entry for _, entries in shown for entry in entries if entry.current]
    assert current.label == "Users"


def test_each_entry_opens_for_whom_it_is_shown(client_of, owner, supporter, marketer, accountant):
    for person in (owner, supporter, marketer, accountant):
        client = client_of(person)
        for _, entries in nav.groups(person, "/admin/"):
            for entry in entries:
                assert client.get(entry.url).status_code == 200, (person.role, entry.label)


def test_members_see_none(member):
    assert labels(member) == []


@pytest.mark.parametrize(
    ("path", "label"),
    [("/admin/users/12/", "Users"), ("/admin/billing/invoices/1/refunds/new/", "Memberships")],
)
def test_a_page_below_an_entry_marks_it(owner, path, label):
    """Or the one that it belongs to."""
    shown = nav.groups(owner, path)
    assert [entry.label for _, entries in shown for entry in entries if entry.current] == [label]


def test_every_entry_leads_to_a_guarded_page(owner):
    for _, entries in nav.groups(owner, "/admin/"):
        for entry in entries:
            assert resolve(entry.url).func.perm
