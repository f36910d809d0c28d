"""The one way out to Stripe: pinned version, short time-outs, errors told as three kinds.

Whatever writes has a key, for which Stripe repeats its first answer for a day, be it a 500
(https://docs.stripe.com/api/idempotent_requests):

- What takes money or gives it back, or makes a page on which it can be paid, is made once: its key stands on its row,
  or goes by the hour. A lost answer is asked for under the same one; what Stripe could not answer is looked up, or has
  its next attempt under another.
- What changes nothing the second time, as an end does, has one that is used `once`: no answer can lock it.
- What is in nobody's way when it is there twice, as a price is, comes from `make`.
"""

import uuid
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from functools import cache

import stripe
from django.conf import settings

from poemvision.logs import masked

PAGE = 100  # the most that Stripe lists at once
TIMEOUT = (1.0, 3.5)  # seconds to connect, to read; a page answers within 5 s even when Stripe is silent


class NotConfigured(Exception):
    """No STRIPE_SECRET_KEY is set."""


class Unreachable(Exception):
    """No answer, or no clear one: the call may have had its effect and is looked up or repeated with the same key."""


class Broken(Unreachable):
    """Stripe answered 5xx: it would repeat that answer for the same key, so the next try takes a new one."""


class InProgress(Unreachable):
    """Stripe answered 409: it is answering another call with this key at this moment."""


class Rejected(Exception):
    """Stripe answered no; nothing happened. `code` is its error code, `param` the parameter at fault, if it says so.

    `intent` is the PaymentIntent whose card was refused.
    """

    def __init__(self, message: str, code: str = "", param: str = "", intent: dict | None = None):
        super().__init__(message)
        self.code, self.param, self.intent = code, param, intent


class KeyReused(Rejected):
    """The idempotency key was used before with other parameters; the outcome of that call is not told."""


@cache
def _client(key: str, base: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": base},
        http_client=stripe.RequestsClient(timeout=TIMEOUT),
        max_network_retries=0,
    )


def client() -> stripe.StripeClient:
    """Stripe's client for the configured key. Raises NotConfigured."""
    if not settings.STRIPE_SECRET_KEY:
        raise NotConfigured("STRIPE_SECRET_KEY is not set, so payments are off.")
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE)


def call(resource: str, method: str, *args, **kwargs) -> dict:
    """Call `client().v1.<resource>.<method>` and return plain JSON.

    `resource` is dotted, as in "checkout.sessions". Never inside a database transaction.
    Errors: NotConfigured, Rejected (a definite no, https://docs.stripe.com/api/errors), Unreachable (unknown outcome).
    """
    return _ask(resource, method, *args, **kwargs).to_dict(recursive=True)


def once(name: str) -> str:
    """A key that is used once, for what changes nothing when it is done again."""
    return f"{name}:{uuid.uuid4()}"


def make(resource: str, asked: dict, name: str) -> dict:
    """Create what harms nobody when it is there twice: whoever asks at once is answered the same, under the key `name`.

    Where that answers nothing but what Stripe could not answer, or was of something else, it is made anew. Errors:
    those of `call`.
    """
    try:
        return call(resource, "create", asked, {"idempotency_key": name})
    except (Broken, KeyReused):
        return call(resource, "create", asked, {"idempotency_key": once(name)})


def listed(resource: str, **wanted) -> Iterator[dict]:
    """Every object of a list of Stripe's, newest first, page by page. Errors: those of `call`."""
    wanted["limit"] = PAGE
    while True:
        page = call(resource, "list", wanted)
        yield from page["data"]
        if not page["has_more"]:
            return
        wanted = wanted | {"starting_after": page["data"][-1]["id"]}


def raise_first(troubles: list[Exception]) -> None:
    """What of several calls raised Unreachable or Rejected, once all were made: of the former more may be heard."""
    if troubles:
        raise min(troubles, key=lambda error: isinstance(error, Rejected))


def account() -> tuple[dict, float]:
    """The account behind the key, and Stripe's own time of the answer in Unix seconds. Errors: those of `call`."""
    answer = _ask("accounts", "retrieve_current")
    stamp = parsedate_to_datetime(answer.last_response.headers["Date"])
    return answer.to_dict(recursive=True), stamp.timestamp()


def dashboard_url(path: str) -> str:
    """A page of Stripe's Dashboard (or of the sandbox's) for people."""
    stripes = "https://dashboard.stripe.com" if settings.STRIPE_LIVEMODE else "https://dashboard.stripe.com/test"
    return f"{settings.STRIPE_SANDBOX_URL or stripes}/{path}"


def _ask(resource: str, method: str, *args, **kwargs):
    target = client().v1
    for name in resource.split("."):
        target = getattr(target, name)
    try:
        return getattr(target, method)(*args, **kwargs)
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        raise Unreachable("Stripe did not answer.") from error
    except stripe.StripeError as error:
        if error.http_status == 409:
            raise InProgress("Stripe is still busy with the same request.") from error
        if isinstance(error, stripe.APIError):
            raise Broken("Stripe could not answer.") from error
        if isinstance(error, stripe.IdempotencyError):
            raise KeyReused(_words(error), error.code or "") from error
        param, told = getattr(error, "param", "") or "", (error.json_body or {}).get("error") or {}
        raise Rejected(_words(error), error.code or "", param, told.get("payment_intent")) from error


def _words(error: stripe.StripeError) -> str:
    """What Stripe says, which may repeat the key that it refuses."""
    return masked(error.user_message or str(error))
