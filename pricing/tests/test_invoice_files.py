"""The paper of a provider's invoice: kept as it came, replaced but never lost, read by whoever reads the invoice."""

import tempfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.models import AuditEvent
from files import place, sweeps
from files.models import StoredFile
from files.uploads import Upload
from pricing import invoices
from pricing.models import InvoiceFile
from pricing.tests.test_invoices import call, invoice, now
from tests.cast import confirmed_client
from tunables import values

PDF = b"%PDF-1.7\n1 0 obj\n<script>alert(1)</script>\nendobj\n%%EOF"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
CSV = "day,units,amount\n2026-03-01,3,0.30 €\n".encode()


def send(client, one, data=PDF, name="INVOICE.PDF"):
    upload = SimpleUploadedFile(name, data) if data is not None else ""
    return client.post(f"/admin/pricing/invoices/{one.pk}/file/", {"paper": upload} if upload else {})


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = str(tmp_path / "media")


def came_in() -> Upload:
    """As the upload handler has it."""
    file = tempfile.NamedTemporaryFile()  # noqa: SIM115 - closed with the upload
    file.write(CSV)
    file.flush()
    return Upload(file, "x.csv")


def page(client, one):
    return client.get(f"/admin/pricing/invoices/{one.pk}/").content.decode()


def fetch(client, one, file):
    led = client.get(f"/admin/pricing/invoices/{one.pk}/files/{file.pk}/")
    return client.get(led.headers["Location"]) if led.status_code == 302 else led


def test_it_is_kept_as_it_came_and_what_it_replaces_stays(owner, client_of, accountant):
    client, reader, one = confirmed_client(owner), client_of(accountant), invoice("1")
    assert "None attached" in page(reader, one)
    for _ in range(2):
        assert send(client, one).status_code == 302
    first = InvoiceFile.objects.get()
    assert StoredFile.objects.count() == 1, "the same once more is the same"
    assert send(client, one, CSV, "march.csv").status_code == 302 and send(client, one, PNG, "p.png").status_code == 302
    assert [file.filename for file in now(one).files.all()] == ["p.png", "march.csv", "INVOICE.pdf"]
    text = page(reader, one)
    assert text.index("p.png") < text.index("Replaced") < text.index("march.csv") < text.index("INVOICE.pdf")
    assert "Replace the file" not in text and "Replace the file" in page(client, one)
    answer = fetch(reader, one, first)
    assert b"".join(answer.streaming_content) == PDF and answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="INVOICE.pdf"'
    assert answer.headers["Content-Security-Policy"].startswith("sandbox")
    verbs = AuditEvent.objects.filter(verb__startswith="pricing.invoice_file").order_by("pk")
    assert [(event.verb.partition("_")[2], event.actor) for event in verbs] == [
        *[("file_added", owner)] * 3,
        ("file_fetched", accountant),
    ]
    assert verbs.last().after["sha256"] == first.stored.sha256 and verbs[1].before["file"] == "INVOICE.pdf"


def test_no_method_leads_to_it_unrecorded(owner):
    client, one = confirmed_client(owner), invoice("1")
    send(client, one)
    path = f"/admin/pricing/invoices/{one.pk}/files/{InvoiceFile.objects.get().pk}/"
    assert [client.head(path).status_code, client.get(path).status_code] == [405, 302]
    assert AuditEvent.objects.filter(verb="pricing.invoice_file_fetched").count() == 1


def test_who_may_not_sends_and_reads_nothing(owner, client_of, accountant, marketer):
    one, other = invoice("1"), invoice("2")
    send(confirmed_client(owner), one)
    file = InvoiceFile.objects.get()
    assert send(client_of(accountant), one).status_code == 403 and StoredFile.objects.count() == 1
    assert fetch(client_of(marketer), one, file).status_code == 403
    assert fetch(client_of(accountant), other, file).status_code == 404, "it is of another invoice"
    assert send(confirmed_client(owner), type(one)(pk=10**9)).status_code == 404
    assert StoredFile.objects.count() == 1 and not list(place.waiting_room().iterdir())


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (None, "Choose a file first"),
        (b"", "The file is empty"),
        (b"<html><script>alert(1)</script>", "not a kind of file that is taken"),
        (b"PK\x03\x04" + b"\0" * 90, "not a kind of file that is taken"),
        (b"ID3\x03" + b"\0" * 90, "not a kind of file that is taken"),
        (b"day,amount\n" * 100 + b"\0\x01\x02", "not a kind of file that is taken"),
        (PDF + b" " * 1_100_000, "larger than 1 MB"),
    ],
    ids=["none", "empty", "html", "zip", "mp3", "not a text to its end", "large"],
)
def test_what_is_no_paper_is_refused_with_a_sentence(owner, client_of, data, sentence):
    one = invoice("1")
    values.change("upload_image_mb", "1", by=None)
    answer = send(confirmed_client(owner), one, data, "invoice.pdf")
    assert answer.status_code == 422 and sentence in answer.content.decode()
    assert not StoredFile.objects.exists() and not list(place.walk())


def test_it_goes_with_an_invoice_that_is_discarded_and_stays_with_all_others(owner, client_of):
    client, one, two = confirmed_client(owner), invoice("1"), invoice("1")
    for each in (one, two):
        send(client, each, PDF + str(each.pk).encode())
    call()
    invoices.match(two, by=owner)
    with pytest.raises(invoices.Refused):
        invoices.discard(two, by=owner)
    kept = two.files.get().stored
    assert sweeps.users_of(kept) == [f"invoice file: {two.files.get()}"]
    invoices.discard(one, by=owner)
    assert list(StoredFile.objects.all()) == [kept]
    with pytest.raises(invoices.Refused, match="no longer there"):
        invoices.attach(one, came_in(), by=owner)
    assert list(StoredFile.objects.all()) == [kept]
