"""What providers cost us: each call has its row before it goes out, and is booked when it is answered."""

from decimal import Decimal

from pricing.models import ProviderCall, UnitCost


def expected(service: str, provider: str, units=1) -> Decimal:
    """By the price book, now. Raises UnitCost.DoesNotExist, so that nothing is asked for at a price nobody knows."""
    return UnitCost.objects.valid().filter(service_id=service, provider=provider).latest("valid_from").amount * units


def ask(service: str, provider: str, key: str, *, cut_id=None, units=1) -> ProviderCall:
    """The row of a call, to be written before the call goes out. `is_new` says whether it is this caller's to make.

    Commit it before the call: a row that is found again with `is_new` False may have been sent, and is looked up.
    """
    cost = expected(service, provider, units)
    facts = {"service_id": service, "provider": provider, "cut_id": cut_id, "units": units, "expected": cost}
    call, is_new = ProviderCall.objects.get_or_create(key=key, defaults=facts)
    call.is_new = is_new
    return call
