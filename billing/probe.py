"""The state of the connection to Stripe, asked anew each time: each finding with what to do about it."""

import time
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

import tunables.values
from billing import stripe_api
from billing.models import Backfill, StripeEvent
from billing.stripe_events import HANDLERS
from memberships.models import PortalConfiguration

WEBHOOK_PATH = "/webhooks/stripe/"
NOBODYS = "sub_of_nobody"
MAX_SKEW = 60  # seconds; the webhook refuses at 300


@dataclass(frozen=True)
class Finding:
    """One line of the panel. `tone` is good, warn or bad; `advice` says what to do when it is not good."""

    label: str
    value: str
    tone: str = "good"
    advice: str = ""
    moment: datetime | None = None


def probe() -> list[Finding]:
    """Ask Stripe for account, clock and endpoint, our own tables for the events; about 5 s when Stripe is silent."""
    try:
        return [*_account(), *_endpoint(), *_events(), *portal(), *rights()]
    except stripe_api.NotConfigured as error:
        return [Finding("Account", "Not configured", "bad", f"{error} Set it and start again."), *_events()]
    except stripe_api.Unreachable as error:
        advice = "Top-ups cannot be started until Stripe answers; nothing is lost. See status.stripe.com."
        return [Finding("Account", "Unreachable", "bad", f"{error} {advice}"), *_events()]
    except stripe_api.Rejected as error:
        return [Finding("Account", "Refused", "bad", f"Stripe says: {error} Check STRIPE_SECRET_KEY."), *_events()]


def _account() -> list[Finding]:
    account, answered_at = stripe_api.account()
    name = (account.get("settings") or {}).get("dashboard", {}).get("display_name") or account["id"]
    skew = round(time.time() - answered_at)
    mode = "Local sandbox" if settings.STRIPE_SANDBOX_URL else "Live" if settings.STRIPE_LIVEMODE else "Test"
    return [
        Finding("Account", f"{name} ({account['id']})"),
        Finding("Mode", mode, "good" if settings.STRIPE_LIVEMODE or settings.EMBEDDED else "warn", _TEST_MODE),
        Finding("API version", settings.STRIPE_API_VERSION),
        Finding("Clock skew", f"{skew:+d} s", "good" if abs(skew) <= MAX_SKEW else "bad", _SKEW),
    ]


_TEST_MODE = "Test keys are set: no real money moves. Set live keys to take payments."
_RIGHTS = "Who pays for Premium twice is not paid back: let the key write Subscriptions, see README."
_SKEW = "This machine's clock differs from Stripe's; beyond 300 s webhooks are refused. Set the clock by NTP."


def portal() -> list[Finding]:
    """Whether Stripe was told what members may do in its portal; nothing while Premium is not offered."""
    if not tunables.values.get("premium_offered"):
        return []
    kept = PortalConfiguration.objects.filter(livemode=settings.STRIPE_LIVEMODE).exclude(stripe_id="").first()
    if kept:
        return [Finding("Members’ portal", "Configured", moment=kept.kept_at)]
    advice = "It is made at Stripe when the first member opens it; if that is refused, an alert says why."
    return [Finding("Members’ portal", "Not configured yet", "warn", advice)]


def rights() -> list[Finding]:
    """Whether the key may end subscriptions, by an id that there is none of; nothing while Premium is not offered."""
    if not tunables.values.get("premium_offered"):
        return []
    try:
        stripe_api.call("subscriptions", "cancel", NOBODYS, {}, {"idempotency_key": stripe_api.once("probe")})
    except stripe_api.Rejected as error:
        if error.code != "resource_missing":
            return [Finding("Ending subscriptions", "Refused", "bad", f"Stripe says: {error} {_RIGHTS}")]
    return [Finding("Ending subscriptions", "Allowed")]


def _endpoint() -> list[Finding]:
    endpoints = stripe_api.listed("webhook_endpoints")
    ours = [endpoint for endpoint in endpoints if _is_here(endpoint["url"])]
    if not settings.STRIPE_WEBHOOK_SECRETS:
        return [
            Finding("Webhook endpoint", "No secret", "bad", "Set STRIPE_WEBHOOK_SECRET; until then events are refused.")
        ]
    if not ours:
        advice = (
            f"Create one at Stripe for {settings.BASE_URL}{WEBHOOK_PATH} with version {settings.STRIPE_API_VERSION}."
        )
        return [Finding("Webhook endpoint", "Missing", "bad", f"{advice} Or run `stripe listen`, which needs none.")]
    endpoint = ours[0]
    return [_endpoint_state(endpoint), _endpoint_version(endpoint), _endpoint_events(endpoint)]


def _is_here(url: str) -> bool:
    """Whether an endpoint leads to this installation; the sandbox calls it by its loopback address."""
    here = {settings.BASE_URL, settings.BASE_URL.replace("//localhost:", "//127.0.0.1:")}
    return any(url.rstrip("/") == f"{base}{WEBHOOK_PATH}".rstrip("/") for base in here)


def _endpoint_state(endpoint: dict) -> Finding:
    if endpoint["status"] != "enabled":
        return Finding("Webhook endpoint", "Disabled", "bad", f"Enable {endpoint['url']} at Stripe.")
    return Finding("Webhook endpoint", endpoint["url"])


def _endpoint_version(endpoint: dict) -> Finding:
    version = endpoint["api_version"] or "the account's default"
    good = version == settings.STRIPE_API_VERSION
    advice = (
        f"Its events are quarantined. A version cannot be changed: create it anew with {settings.STRIPE_API_VERSION}."
    )
    return Finding("Endpoint version", version, "good" if good else "bad", advice)


def _endpoint_events(endpoint: dict) -> Finding:
    enabled = set(endpoint["enabled_events"])
    missing = [] if "*" in enabled else sorted(set(HANDLERS) - enabled)
    if missing:
        return Finding("Endpoint events", f"{len(missing)} missing", "bad", f"Add at Stripe: {', '.join(missing)}.")
    return Finding("Endpoint events", "All that are handled here")


def _events() -> list[Finding]:
    settled = (StripeEvent.State.APPLIED, StripeEvent.State.UNHANDLED)  # nearly all; the others have an index
    counts = StripeEvent.objects.exclude(state__in=settled).aggregate(
        backlog=Count("pk", filter=Q(state__in=StripeEvent.OPEN)),
        dead=Count("pk", filter=Q(state=StripeEvent.State.DEAD)),
        quarantined=Count("pk", filter=Q(state=StripeEvent.State.QUARANTINED)),
    )
    return [
        _last_event(),
        _last_backfill(),
        _count("Backlog", counts["backlog"], alarm_at=50, advice="Is a worker running? Jobs shows what waits."),
        _count("Dead letters", counts["dead"], alarm_at=1, advice="Open them under Webhook events and replay."),
        _count("Quarantined", counts["quarantined"], alarm_at=1, advice="Nothing was booked; see Webhook events."),
    ]


def _last_event() -> Finding:
    last = StripeEvent.objects.first()
    if last is None:
        return Finding("Last event", "None yet", "warn", "The first payment brings some.")
    return Finding("Last event", last.type, moment=last.received_at)


def _last_backfill() -> Finding:
    """When Stripe was last asked for events that did not arrive."""
    last = Backfill.objects.first()
    if last is None:
        return Finding("Missed events", "Stripe is asked every 15 minutes")
    late = last.ran_at < timezone.now() - timedelta(hours=1)
    words = f"{last.found} fetched" if last.found else "None"
    return Finding(
        "Missed events", words, "bad" if late else "good", "Stripe was not asked for an hour; see Jobs.", last.ran_at
    )


def _count(label: str, number: int, *, alarm_at: int, advice: str) -> Finding:
    return Finding(label, str(number), "bad" if number >= alarm_at else "good", advice)
