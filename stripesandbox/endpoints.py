"""Webhook endpoints."""

import re
from urllib.parse import urlsplit

from django.conf import settings
from stripe import api_version

from stripesandbox import clock, records
from stripesandbox.errors import StripeError
from stripesandbox.events import TYPES
from stripesandbox.models import Record, new_id

VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(\.[a-z]+)?")
ROLL_KEEPS_FOR = 24 * 3600


def add(
    url: str, enabled_events: list[str], *, secret=None, api_version=None, description=None, metadata=None
) -> Record:
    """Keep a new endpoint."""
    _check(url, enabled_events, api_version)
    return records.add(
        "webhook_endpoint",
        "we",
        {
            "api_version": api_version,
            "application": None,
            "description": description,
            "enabled_events": enabled_events,
            "metadata": records.merge_metadata({}, metadata),
            "status": "enabled",
            "url": url,
        },
        private={"secret": secret or new_id("whsec")},
    )


def _check(url, enabled_events, version) -> None:
    if url is not None and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise StripeError(
            "Invalid URL: An explicit scheme (such as https) must be provided.", code="url_invalid", param="url"
        )
    for index, type in enumerate(enabled_events or []):
        if type != "*" and type not in TYPES:
            raise StripeError(f"Invalid enabled_events[{index}]: {type}", param=f"enabled_events[{index}]")
    if version and not VERSION.fullmatch(version):
        raise StripeError(f"Invalid API version: {version}", param="api_version")


def create(cause, params):
    """POST /v1/webhook_endpoints; the secret is told this once."""
    fields = {name: params.get(name) for name in ("api_version", "description", "metadata")}
    endpoint = add(params["url"], params["enabled_events"], **fields)
    return {**endpoint.wire, "secret": endpoint.private["secret"]}


def update(cause, params, id):
    """POST /v1/webhook_endpoints/:id"""
    endpoint = records.get("webhook_endpoint", id)
    _check(params.get("url"), params.get("enabled_events"), None)
    fields = {name: params[name] for name in ("url", "enabled_events") if name in params}
    if "description" in params:
        fields["description"] = params["description"] or None
    if "disabled" in params:
        fields["status"] = "disabled" if params["disabled"] else "enabled"
    endpoint.change(**fields, metadata=records.merge_metadata(endpoint["metadata"], params.get("metadata")))
    return endpoint.wire


def delete(cause, params, id):
    """DELETE /v1/webhook_endpoints/:id"""
    records.get("webhook_endpoint", id).delete()
    return {"id": id, "object": "webhook_endpoint", "deleted": True}


def roll_secret(endpoint: Record, *, keep_for: float = ROLL_KEEPS_FOR) -> str:
    """A new signing secret; the old one signs beside it for a while."""
    endpoint.private = {
        "former_secret": endpoint.private["secret"],
        "former_secret_until": clock.seconds() + keep_for,
        "secret": new_id("whsec"),
    }
    endpoint.save(update_fields=["private"])
    return endpoint.private["secret"]


def ensure_configured() -> None:
    """The endpoint that the environment names stands there from the start, with the secret that the project knows."""
    url, secret = settings.SANDBOX_WEBHOOK_URL, settings.SANDBOX_WEBHOOK_SECRET
    if not url or not secret:
        return
    endpoint = Record.objects.filter(kind="webhook_endpoint", private__configured=True).first()
    if endpoint is None:
        endpoint = add(url, ["*"], secret=secret, api_version=api_version, description="From the environment")
    endpoint.private |= {"secret": secret, "configured": True}
    endpoint.change(url=url, api_version=api_version)
