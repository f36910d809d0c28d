"""What a ledger transaction belongs to: a cut or a wish that was charged, the call to a provider, its invoice."""

import re
from dataclasses import dataclass

from ledger.models import Transaction
from pricing.models import ProviderCall, ProviderInvoice

CUT = re.compile(r"cut:(\d{1,18}):")
CALL = re.compile(r"provider_call:(\d{1,18})(?::|$)")
WISH = re.compile(r"wish:([\w-]{1,40})(?::|$)")
INVOICE = re.compile(r"provider_invoice:(\d{1,18}):")


@dataclass(frozen=True)
class Belongings:
    cut_id: int | None = None
    call: ProviderCall | None = None
    invoice: ProviderInvoice | None = None


def of(transaction: Transaction) -> Belongings:
    """By the name that its room gave it; a reversal belongs to what it corrects."""
    name = (transaction.reverses or transaction).external_id or ""
    if found := CUT.match(name):
        return Belongings(int(found[1]))
    if found := CALL.match(name):
        return _of_call(pk=found[1])
    if found := WISH.match(name):
        return _of_call(key__in=[f"{service}:{found[1]}" for service in ("poem", "image", "music")])
    if found := INVOICE.match(name):
        return Belongings(invoice=ProviderInvoice.objects.filter(pk=found[1]).first())
    return Belongings()


def _of_call(**which) -> Belongings:
    call = ProviderCall.objects.select_related("service", "invoice").filter(**which).first()
    return Belongings(call and call.cut_id, call, call and call.invoice)
