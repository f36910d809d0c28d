"""Notes: written, pinned, edited with their past, by two at once."""

import re
import uuid

import pytest

from accounts.models import CustomRole, Note, User
from accounts.models.note import Conflict
from accounts.tests.make import make_user
from audit.models import AuditEvent

HTMX = {"HX-Request": "true"}


def test_it_works(client_of, supporter, owner, member):
    panel, client = f"/admin/accounts/panels/user_notes/{member.pk}/", client_of(supporter)
    assert "No notes yet" in client.get(panel).content.decode()
    key = uuid.uuid4()
    for text in ("Prefers <b>mail</b>", "Prefers <b>mail</b>", ""):  # a double click, then nothing
        answer = client.post(
            f"/admin/accounts/users/{member.pk}/notes/write/", {"text": text, "form_key": key}, headers=HTMX
        )
        assert answer.status_code == (204 if text else 422)
    first = Note.objects.get()
    second = Note.objects.write(member, "Second", by=owner, form_key=uuid.uuid4())
    client.post(f"/admin/accounts/notes/{first.pk}/pin/", {"pinned": "yes"}, headers=HTMX)
    edit = f"/admin/accounts/notes/{first.pk}/edit/"
    client_of(owner).post(edit, {"text": "Prefers the telephone", "version": 1}, headers=HTMX)
    late = client_of(supporter).post(edit, {"text": "Prefers letters", "version": 1}, headers=HTMX)
    assert late.status_code == 422 and "changed meanwhile" in late.content.decode()
    text = client.get(panel).content.decode()
    assert text.index("Prefers the telephone") < text.index("Second")  # pinned ones first
    assert "Prefers &lt;b&gt;mail&lt;/b&gt;" in text and "replaced by Owner" in text
    with pytest.raises(Conflict):
        second.edit("Third", by=owner, version=7)
    verbs = AuditEvent.objects.filter(target=f"user:{member.pk}").order_by("id").values_list("verb", flat=True)
    assert list(verbs) == ["note.written", "note.written", "note.pinned", "note.edited"]


def test_one_page_leads_to_the_next(client_of, supporter, member):
    """No note is left out."""
    notes = [Note(user=member, author=supporter, text=f"Note {number}.", form_key=uuid.uuid4()) for number in range(45)]
    for note in notes[:25]:
        note.pinned = True
    Note.objects.bulk_create(notes)
    client, url, seen = client_of(supporter), f"/admin/accounts/panels/user_notes/{member.pk}/", []
    while url:
        page = client.get(url, headers=HTMX)
        seen += re.findall(r"Note (\d+)\.</p>", page.content.decode())
        url = page.context["page"].next_url
        assert (f'hx-get="{url}"'.replace("&", "&amp;") in page.content.decode()) == bool(url)
    assert [int(number) for number in seen] == [*range(24, -1, -1), *range(44, 24, -1)]


def test_who_must_not_read_addresses_changes_their_own_notes_only(client_of, supporter, member):
    CustomRole.objects.create(key="desk", title="Desk", perms=["users:read", "users:note"], cloned_from="support")
    client, text = client_of(make_user("desk@example.org", role="desk")), {"text": "Other words", "version": 1}
    for author, status in ((supporter, 403), (User.objects.get(role="desk"), 204)):
        note = Note.objects.write(member, "Words", by=author, form_key=uuid.uuid4())
        answer = client.post(f"/admin/accounts/notes/{note.pk}/edit/", text, headers=HTMX)
        assert answer.status_code == status
        assert (status == 403) == answer.content.decode().startswith("Only its author")


def test_it_requires_users_note(client_of, marketer, member):
    assert client_of(marketer).get(f"/admin/accounts/panels/user_notes/{member.pk}/").status_code == 403
