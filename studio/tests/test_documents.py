"""Terms and privacy: read by everybody, written by few, nobody's words overwritten."""

import pytest

from audit.models import AuditEvent
from studio.documents.writing import blocks
from studio.models import Document
from tunables import values

pytestmark = pytest.mark.django_db
EDITOR = "/admin/documents/terms/"
SAVE, PREVIEW = f"{EDITOR}save/", f"{EDITOR}preview/"
HTMX = {"HX-Request": "true"}


def typed(text="New words", title="Terms", version=1):
    return {"title": title, "text": text, "version": version}


@pytest.mark.parametrize("path", ["/terms/", "/privacy/"])
def test_everybody_reads_them(client, path):
    values.change("support_email", "help@example.org", by=None)
    text = client.get(path).content.decode()
    assert 'href="mailto:help@example.org"' in text and "{support_email}" not in text and text.count("<h2>") > 5
    assert path in client.get("/account/login/").content.decode(), "the foot of the pages leads there"
    Document.objects.filter(slug=path.strip("/")).delete()
    assert client.get(path).status_code == 404


def test_what_a_text_means():
    text = "One\nand on.\n\n# Head\nStraight on\n- first\nstill first\n- second\n\n<script>"
    assert [(block.kind, block.lines) for block in blocks(text)] == [
        ("text", ["One", "and on."]),
        ("heading", ["Head"]),
        ("text", ["Straight on"]),
        ("list", ["first still first", "second"]),
        ("text", ["<script>"]),
    ]
    assert blocks("") == blocks(" \n\n ") == []


def test_it_is_saved_shown_and_recorded(client_of, marketer):
    client = client_of(marketer)
    assert "As it was shipped" in client.get("/admin/documents/").content.decode()
    assert "Unchanged so far" in client.get(EDITOR).content.decode()
    before = Document.objects.get(pk="terms").text
    answer = client.post(SAVE, typed("# New\r\n<b>words</b>"), headers=HTMX)
    assert answer.status_code == 200 and "is saved" in answer["HX-Trigger"]
    assert 'name="version" value="2"' in answer.content.decode()
    document = Document.objects.get(pk="terms")
    assert (document.text, document.version, document.changed_by) == ("# New\n<b>words</b>", 2, marketer)
    event = AuditEvent.objects.get(verb="document.changed", actor=marketer)
    assert (event.target, "\n".join(event.before["text"])) == ("document:terms", before)
    page = client.get("/terms/").content.decode()
    assert "<h2>New</h2>" in page and "&lt;b&gt;words&lt;/b&gt;" in page
    assert "What this is" in client.get(EDITOR).content.decode(), "the earlier text stays in sight"
    assert "Marketer" in client.get("/admin/documents/").content.decode()
    again = client.post(SAVE, typed("# New\n<b>words</b>", version=2), headers=HTMX)
    assert "Nothing changed" in again["HX-Trigger"] and Document.objects.get(pk="terms").version == 2


def test_two_editors_do_not_overwrite_each_other(client_of, marketer, owner):
    assert client_of(owner).post(SAVE, typed("Hers")).status_code == 302
    answer = client_of(marketer).post(SAVE, typed("Mine"), headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 409 and "Meanwhile Owner saved another text" in page
    assert "Hers" in page and "Mine" in page and 'name="version" value="2"' in page
    assert Document.objects.get(pk="terms").text == "Hers"
    assert AuditEvent.objects.get(verb="document.conflicted").after["text"] == ["Mine"]
    client_of(marketer).post(SAVE, typed("Mine", version=2), headers=HTMX)
    assert Document.objects.get(pk="terms").text == "Mine"


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"text": "Ask {boss}"}, "{boss} is no token here"),
        ({"text": "a\u202eb"}, "invisible character"),
        ({"text": " "}, "Fill this in."),
        ({"text": "x" * 60_001}, "at most 60000"),
        ({"title": ""}, "Fill this in."),
    ],
)
def test_what_is_refused(client_of, marketer, changes, sentence):
    for headers in (HTMX, {}):
        answer = client_of(marketer).post(SAVE, typed(**changes), headers=headers)
        assert answer.status_code == 422 and sentence in answer.content.decode()
    assert Document.objects.get(pk="terms").version == 1


def test_the_preview_saves_nothing(client_of, marketer, supporter):
    text = client_of(marketer).post(PREVIEW, typed("# Look\n\n{who}"), headers=HTMX).content.decode()
    assert "<h2>Look</h2>" in text and "{who} is no token here" in text
    assert Document.objects.get(pk="terms").version == 1
    for path in (EDITOR, "/admin/documents/"):
        assert client_of(supporter).get(path).status_code == 403
    assert client_of(supporter).post(SAVE, typed()).status_code == 403
    assert client_of(marketer).post("/admin/documents/nothing/save/", typed()).status_code == 404
