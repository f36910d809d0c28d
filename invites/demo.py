"""The demo's codes: one that everybody may use, one with credit of its own, one that is over. Repeating adds none."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from invites import codes

NAMESPACE = uuid.UUID("3f5a1c9e-6c55-4a53-9b0a-2f6d7c1e8a41")


def load(by) -> None:
    """Make those that are missing."""
    now = timezone.now()
    for label, terms in (
        ("Newsletter readers", {"limit": 1000}),
        ("Spring poetry fair", {"limit": 25, "grant": Decimal(3), "expires_at": now + timedelta(days=60)}),
        ("Beta testers", {"limit": 10, "expires_at": now - timedelta(days=1)}),
    ):
        codes.create(by=by, label=label, batch=uuid.uuid5(NAMESPACE, label), **terms)
