"""Changes of the price book. Rows are added, and what is not valid yet can be withdrawn; what was valid stays."""

import datetime as dt
from decimal import Decimal
from statistics import median

from django.db import transaction
from django.utils import timezone

from audit.models import record
from pricing.models import Price, Service, UnitCost
from ui.format import absolute, exact

TIMES = 10
WORDS = {Price: "price", UnitCost: "cost"}


class Refused(Exception):
    """Nothing was changed; the text is a sentence, `field` what it is about."""

    def __init__(self, field: str, sentence: str):
        super().__init__(sentence)
        self.field = field


def add(model, service: Service, amount: Decimal, *, by, valid_from: dt.datetime | None = None, **provider):
    """A price, or what a unit costs at a `provider`, from a moment on: now, or later. Raises Refused."""
    with transaction.atomic():
        Service.objects.select_for_update(no_key=True).get(pk=service.pk)  # two at once: the second sees the first
        now = timezone.now()
        if valid_from and valid_from <= now:
            raise Refused("valid_from", "This moment has passed, and history keeps its price. Leave it empty for now.")
        at = valid_from or now
        rows = model.objects.filter(service=service, **provider)
        if rows.coming().filter(valid_from=at).exists():
            raise Refused("valid_from", "There is one from that moment already. Withdraw it first.")
        before = rows.valid(at).order_by("-valid_from").first()
        if before and before.amount == amount:
            raise Refused("amount", "It is that already, from then on.")
        judge(model, service, amount)
        row = model.objects.create(service=service, amount=amount, valid_from=at, set_by=by, **provider)
        said = {"amount": str(amount), "valid_from": absolute(at), **provider}
        was = {"amount": str(before.amount)} if before else None
        record(by, f"pricing.{WORDS[model]}_added", _target(service.pk), before=was, after=said)
    return row


def withdraw(row, *, by) -> None:
    """Take a price or cost back that is not valid yet. Taken back already: nothing. Raises Refused."""
    with transaction.atomic():
        rows, now = type(row).objects.filter(pk=row.pk, withdrawn_at=None), timezone.now()
        if rows.filter(valid_from__gt=now).update(withdrawn_at=now):
            said = {"amount": str(row.amount), "valid_from": absolute(row.valid_from)}
            record(by, f"pricing.{WORDS[type(row)]}_withdrawn", _target(row.service_id), before=said)
        elif rows.exists():
            raise Refused("", "It is in force already. Add another from now on instead.")


def judge(model, service: Service, amount: Decimal) -> None:
    """Refuse an amount above ten times the median of what stood in the book until now. Raises Refused.

    The median is that of the service's own past amounts: services rightly differ by more than ten times (a poem and a
    track), so that a slip of the pen, $25 for $0.25, stands out only against its own. A service without any is held
    against all that the book has of its sort. Amounts of zero say nothing about a size and are left out.
    """
    past = model.objects.valid().filter(amount__gt=0)
    own = list(past.filter(service=service).values_list("amount", flat=True))
    amounts = own or list(past.values_list("amount", flat=True))
    if amounts and amount > TIMES * (middle := median(amounts)):
        whose = f"its own past {WORDS[model]}s" if own else f"all {WORDS[model]}s, as it has none of its own yet"
        limit = exact(TIMES * middle)
        raise Refused("amount", f"More than {TIMES} times the median of {whose}: at most {limit} in one step.")


def _target(service: str) -> str:
    return f"service:{service}"
