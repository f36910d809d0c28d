"""Stripe's payment page of a row that stands, made once whatever becomes of the answer: for top-ups and for Premium.

Such a row has `status` (CREATING, then OPEN), `attempt` and with it `idempotency_key`, `session_id`, `checkout_url` and
`expires_at`; its manager is of a `PageQuerySet`.
"""

import time
from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone

from accounts.models import User
from billing import stripe_api
from billing.stripe_objects import when

PATIENCE = 1  # seconds for the other press of the same button


class AccountGone(Exception):
    """The account was suspended or deleted meanwhile: its pages are closed already."""


def lock_payer(member: User) -> None:
    """Two tabs at once share one page: call this first in the transaction that makes a row. Raises AccountGone."""
    if not User.objects.select_for_update(no_key=True).filter(pk=member.pk, is_active=True).exists():
        raise AccountGone(f"The account {member.pk} is closed.")


def open_session(row, params: Callable[[], dict], lifetime: timedelta) -> None:
    """Create the Checkout Session of a `creating` row; nothing to do for any other.

    Repeating it after an unknown outcome uses the same key and creates no second session. After a definite no or a 5xx
    (Stripe would repeat it for the same key) the key is new: a session that was made under the old one was shown to
    nobody, and nobody can pay it. `params` is asked for each attempt.
    """
    while row.status == row.Status.CREATING:
        try:
            _create(row, params)
        except (stripe_api.Broken, stripe_api.Rejected) as error:
            take_new_key(row, lifetime)
            if not isinstance(error, stripe_api.KeyReused):
                raise


def take_new_key(row, lifetime: timedelta) -> None:
    """The next attempt, unless another request has moved on already."""
    _still(row).update(attempt=row.attempt + 1, expires_at=timezone.now() + lifetime)
    row.refresh_from_db()


def _still(row):
    """The row, as long as it waits for the answer to this attempt."""
    return type(row).objects.filter(pk=row.pk, status=row.Status.CREATING, attempt=row.attempt)


def _create(row, params: Callable[[], dict]) -> None:
    session = _first_answer(row, params())
    if session is not None:
        type(row).objects.filter(pk=row.pk, status=row.Status.CREATING).update(
            status=row.Status.OPEN,
            session_id=session["id"],
            checkout_url=session["url"],
            expires_at=when(session["expires_at"]),
        )
    row.refresh_from_db()


def _first_answer(row, params: dict) -> dict | None:
    """Stripe's answer, or None when the other press of the same form, which Stripe is answering, got it meanwhile."""
    patience = time.monotonic() + PATIENCE
    while True:
        try:
            return stripe_api.call("checkout.sessions", "create", params, {"idempotency_key": row.idempotency_key})
        except stripe_api.InProgress:
            if time.monotonic() > patience:
                raise
            time.sleep(0.1)
            if not _still(row).exists():
                return None


def close(row) -> str:
    """At Stripe, then here, unless its page was opened since. How it stands there: open, complete or expired.

    Outside a transaction; errors: those of `stripe_api.call`.
    """
    status = expire(row)["status"] if row.session_id else "expired"
    if status == "expired":
        type(row).objects.payable().filter(pk=row.pk, session_id=row.session_id).end()
    return status


def expire(row) -> dict:
    """The session of an `open` row, over now; or as it stands, where it was paid or is over already.

    Outside a transaction; errors: those of `stripe_api.call`.
    """
    key = stripe_api.once("expire")
    try:
        return stripe_api.call("checkout.sessions", "expire", row.session_id, {}, {"idempotency_key": key})
    except stripe_api.Rejected:
        return stripe_api.call("checkout.sessions", "retrieve", row.session_id)
