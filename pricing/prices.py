"""What members pay."""

from decimal import Decimal

from django.utils import timezone

from pricing.models import Price


def price(service: str, at=None) -> Decimal:
    """The price of one unit now, or as it was. Raises Price.DoesNotExist for what is not sold."""
    found = Price.objects.filter(service_id=service, valid_from__lte=at or timezone.now())
    return found.latest("valid_from").amount
