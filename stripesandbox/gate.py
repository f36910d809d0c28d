"""The door of the API: who calls, what is asked, was it asked before; then the answer in Stripe's form."""

import base64
import binascii
import hashlib
import hmac
import json
import logging
from urllib.parse import urlencode

import stripe
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from django.views.decorators.csrf import csrf_exempt

from stripesandbox import clock, endpoints, faults, params, routes
from stripesandbox.errors import Refused, StripeError
from stripesandbox.events import Cause
from stripesandbox.expand import expanded
from stripesandbox.models import Call, new_id

log = logging.getLogger(__name__)
KEY_KEPT_FOR = 24 * 3600


@csrf_exempt
def api(request, path):
    """Every /v1/ request."""
    cause = Cause(
        request_id=new_id("req"),
        idempotency_key=request.headers.get("Idempotency-Key"),
        version=request.headers.get("Stripe-Version", stripe.api_version),
    )
    try:
        authenticate(request)
        if not endpoints.VERSION.fullmatch(cause.version):
            raise StripeError(f"Invalid Stripe API version: {cause.version}")
        fault = faults.strike(request.method, path)
        status, body, extra = _answer(request, path, cause)
        if fault:
            _after(fault, cause)
    except StripeError as error:
        status, body, extra = error.status, _envelope(error), {}
    except faults.Cut:
        faults.cut(request)
        status, body, extra = 502, "", {}  # nobody reads it
    except Exception:
        log.exception("The sandbox broke on %s %s", request.method, request.path)
        broken = StripeError("The sandbox itself broke; its log says why.", status=500, type="api_error")
        status, body, extra = broken.status, _envelope(broken), {}
    response = HttpResponse(body, status=status, content_type="application/json")
    for name, value in {"Request-Id": cause.request_id, "Stripe-Version": cause.version, **extra}.items():
        response.headers[name] = value
    return response


def _after(fault: faults.Fault, cause: Cause) -> None:
    """A 5xx after the work is what Stripe repeats for this key from now on, though the work is done:
    https://docs.stripe.com/api/idempotent_requests."""
    try:
        fault.after()
    except StripeError as error:
        known = Call.objects.filter(idempotency_key=cause.idempotency_key, request_id=cause.request_id)
        known.update(status=error.status, body=_envelope(error))
        raise


def authenticate(request) -> None:
    """The secret key, as a bearer token or as the user name of basic authentication."""
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            credential = base64.b64decode(credential).decode().partition(":")[0]
        except (binascii.Error, UnicodeDecodeError):
            credential = ""
    if not credential:
        raise StripeError(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using "
            "Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY'). "
            "See https://stripe.com/docs/api#authentication for details.",
            status=401,
        )
    if not hmac.compare_digest(credential.encode(), settings.SANDBOX_API_KEY.encode()):
        shown = f"{credential[:8]}{'*' * 8}{credential[-4:]}"
        raise StripeError(f"Invalid API Key provided: {shown}", status=401)


def _answer(request, path: str, cause: Cause) -> tuple[int, str, dict]:
    found = routes.find(request.method, path)
    if found is None:
        raise StripeError(
            f"Unrecognized request URL ({request.method}: {request.path}). If you are trying to list objects, remove "
            "the trailing slash. If you are trying to retrieve an object, make sure you passed a valid (non-empty) "
            "identifier in your code.",
            status=404,
        )
    route, ids = found
    asked = params.clean(route.params, _raw(request))
    if request.method != "POST":
        return 200, _json(_run(route, cause, asked, ids)), {}
    if cause.idempotency_key is None:
        with transaction.atomic():
            return *_done(route, cause, asked, ids), {}
    return _once(route, cause, asked, ids, request.path)


def _raw(request) -> dict:
    if request.method == "POST":
        try:
            return params.decode(request.body.decode())
        except UnicodeDecodeError:
            raise StripeError("Invalid request: the body is not UTF-8.") from None
    return params.decode(request.META.get("QUERY_STRING", ""))


def _run(route, cause, asked: dict, ids: dict) -> dict:
    wanted = asked.pop("expand", [])
    return expanded(route.handler(cause, asked, **ids), wanted)


def _done(route, cause, asked: dict, ids: dict) -> tuple[int, str]:
    """The answer to work that stands: a card that was refused is some, and an error all the same."""
    try:
        return 200, _json(_run(route, cause, asked, ids))
    except Refused as error:
        return error.status, _envelope(error)


def _once(route, cause, asked: dict, ids: dict, url: str) -> tuple[int, str, dict]:
    """Under an idempotency key: the first answer, error or not, is the answer for a day."""
    call, first = _claim(cause, _fingerprint(asked, url))
    headers = {"Idempotency-Key": cause.idempotency_key, "Original-Request": call.request_id}
    if not first:
        return call.status, call.body, {**headers, "Idempotent-Replayed": "true"}
    try:
        with transaction.atomic():
            call.status, call.body = _done(route, cause, asked, ids)
            call.save(update_fields=["status", "body"])
    except StripeError as error:
        call.status, call.body = error.status, _envelope(error)
        call.save(update_fields=["status", "body"])
    except Exception:
        call.delete()
        raise
    return call.status, call.body, headers


def _fingerprint(asked: dict, url: str) -> str:
    told = urlencode([(url, json.dumps(asked, sort_keys=True, default=str))])
    return hashlib.sha256(told.encode()).hexdigest()


def _claim(cause, fingerprint: str) -> tuple[Call, bool]:
    if len(cause.idempotency_key) > 255:
        raise StripeError("Idempotency keys must be at most 255 characters long.", type="idempotency_error")
    with transaction.atomic():
        Call.objects.filter(started__lt=clock.seconds() - KEY_KEPT_FOR).delete()
        call, first = Call.objects.get_or_create(
            idempotency_key=cause.idempotency_key,
            defaults={"request_id": cause.request_id, "fingerprint": fingerprint, "started": int(clock.seconds())},
        )
    if first:
        return call, True
    if call.fingerprint != fingerprint:
        raise StripeError(
            "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{cause.idempotency_key}' if you meant to execute a different request.",
            type="idempotency_error",
        )
    if call.status is None:
        raise StripeError(
            "There is currently another in-progress request using this Idempotent Key (that probably means you "
            f"submitted twice, and the other request is still going through): {cause.idempotency_key}. "
            "Please try again later.",
            status=409,
            type="idempotency_error",
            code="idempotency_key_in_use",
        )
    return call, False


def _envelope(error: StripeError) -> str:
    return _json({"error": error.error})


def _json(answer: dict) -> str:
    return json.dumps(answer, indent=2) + "\n"
