"""What members pay."""

from decimal import Decimal

from pricing.models import Price


def price(service: str, at=None) -> Decimal:
    """The price of one unit now, or as it was. Raises Price.DoesNotExist for what is not sold."""
    return Price.objects.valid(at).filter(service_id=service).latest("valid_from").amount
