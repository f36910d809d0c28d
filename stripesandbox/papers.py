"""Receipts and invoices, the pages behind receipt_url, hosted_invoice_url and invoice_pdf."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from stripesandbox import account, records, renewals
from stripesandbox.events import Cause
from stripesandbox.models import Record
from stripesandbox.templatetags.sandbox import day, dollars


@require_GET
def receipt(request, id):
    """The receipt of a charge, with what was given back since."""
    charge = get_object_or_404(Record, kind="charge", id=id)
    context = {"charge": charge.wire, "merchant": account.MERCHANT, "refunds": records.of("refund", charge=id)}
    return render(request, "stripesandbox/receipt.html", context)


@require_GET
def invoice(request, id):
    """The hosted invoice page."""
    found = get_object_or_404(Record, kind="invoice", id=id)
    return render(request, "stripesandbox/invoice.html", {"invoice": found.wire, "merchant": account.MERCHANT})


@require_POST
def pay_invoice(request, id):
    """Pay an open one with the card of its subscription; where the bank asks, the customer answers first."""
    found = get_object_or_404(Record, kind="invoice", id=id, wire__status="open")
    if renewals.asks(found):
        return redirect("confirm_invoice", id=id)
    _collect(request, found)
    return redirect("invoice", id=id)


@require_http_methods(["GET", "POST"])
def confirm_invoice(request, id):
    """The 3-D Secure page of the customer's bank, for an open invoice."""
    found = get_object_or_404(Record, kind="invoice", id=id)
    if found["status"] != "open":
        return redirect("invoice", id=id)
    if request.method == "GET":
        context = {"amount": found["amount_due"], "merchant": account.MERCHANT}
        return render(request, "stripesandbox/authenticate.html", context)
    if request.POST.get("answer") == "approve":
        _collect(request, found, confirmed=True)
    else:
        messages.error(request, "The bank was not answered, and nothing was charged.")
    return redirect("invoice", id=id)


def _collect(request, found: Record, **how) -> None:
    with transaction.atomic():
        renewals.collect(Cause(), found, **how)
    found.refresh_from_db()
    if found["status"] == "paid":
        messages.success(request, "Paid. Thank you.")
    else:
        messages.error(request, "The card was declined.")


@require_GET
def invoice_pdf(request, id):
    """The invoice as a file."""
    found = get_object_or_404(Record, kind="invoice", id=id)
    lines = [
        f"Invoice {found['number']}",
        "SANDBOX - no money moved",
        "",
        f"From: {account.MERCHANT}",
        f"To: {found['customer_name'] or ''} {found['customer_email']}",
        f"Date: {day(found['created'])}",
        "",
        *(f"{line['quantity']} x {line['description']}: {dollars(line['amount'])}" for line in found["lines"]["data"]),
        "",
        f"Paid: {dollars(found['amount_paid'])}",
    ]
    name = f"Invoice-{found['number']}.pdf"
    headers = {"Content-Disposition": f'inline; filename="{name}"'}
    return HttpResponse(_pdf(lines), content_type="application/pdf", headers=headers)


def _pdf(lines: list[str]) -> bytes:
    """One page of plain text: the smallest file that every reader opens."""
    escaped = [line.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)") for line in lines]
    text = "BT /F1 12 Tf 60 780 Td 18 TL " + " ".join(f"({line}) Tj T*" for line in escaped) + " ET"
    stream = text.encode("cp1252", "replace")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    out, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer
