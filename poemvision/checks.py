"""What production refuses to start with. Each sentence says what is wrong; .env.example says what is right."""

from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from poemvision.env import ConfigurationError

KNOWN_PASSWORDS = {"", "admin", "changeme", "django", "password", "poemvision", "postgres", "secret"}
ONE_PROCESS_ONLY = ("LocMemCache", "DummyCache")
NOWHERE = ("anymail.backends.test", "console", "dummy", "filebased", "locmem", "outbox")
SANDBOX_KEY = "sk_test_sandbox_"


def refuse_unsafe(settings: Mapping) -> None:
    """End the process with the first thing that is unsafe in production. Settings call this at their end."""
    for sentence in unsafe(settings):
        raise ConfigurationError(f"Refusing to start: {sentence}")


def unsafe(settings: Mapping) -> Iterator[str]:
    """Each thing that must not be in production."""
    if settings["DEBUG"]:
        yield "DEBUG is on."
    for key in [settings["SECRET_KEY"], *settings["SECRET_KEY_FALLBACKS"]]:
        if len(key) < 50 or len(set(key)) < 10 or key.startswith("django-insecure"):
            yield "SECRET_KEY (or one of SECRET_KEY_FALLBACKS) is weak: use 50 random characters or more."
    yield from _unsafe_addresses(settings)
    yield from _unsafe_stores(settings)
    yield from _unsafe_bucket(settings["BUCKET"])
    yield from _unsafe_stripe(settings)
    if any(word in settings["EMAIL_BACKEND"] for word in NOWHERE):
        yield "EMAIL_BACKEND delivers to nobody."


def _unsafe_addresses(settings: Mapping) -> Iterator[str]:
    hosts, base = settings["ALLOWED_HOSTS"], urlsplit(settings["BASE_URL"])
    if not hosts or any("*" in host for host in hosts):
        yield "ALLOWED_HOSTS must name this site's hosts, without *."
    if base.scheme != "https":
        yield "BASE_URL must begin with https://."
    if not any(
        base.hostname == host or (host.startswith(".") and f".{base.hostname}".endswith(host)) for host in hosts
    ):
        yield "the host of BASE_URL is not in ALLOWED_HOSTS."


def _unsafe_stores(settings: Mapping) -> Iterator[str]:
    database = settings["DATABASES"]["default"]
    # Through a unix socket PostgreSQL knows by the account who connects
    if not database["HOST"].startswith("/") and database["PASSWORD"].lower() in KNOWN_PASSWORDS:
        yield "DATABASE_URL has no password, or one that everybody knows."
    redis = urlsplit(settings["REDIS_URL"])
    if redis.scheme != "unix" and not redis.password:
        yield "REDIS_URL has no password."
    if any(name in cache["BACKEND"] for cache in settings["CACHES"].values() for name in ONE_PROCESS_ONLY):
        yield "CACHES must be shared by all processes: limits are counted there."


def _unsafe_bucket(bucket: Mapping[str, str]) -> Iterator[str]:
    if not bucket["endpoint"].startswith("https://"):
        yield "BUCKET_ENDPOINT must begin with https://."
    if bool(bucket["key"]) != bool(bucket["secret"]):
        yield "BUCKET_KEY_ID and BUCKET_SECRET belong together: one of them is not set."
    if bucket["key"] and not bucket["name"]:
        yield "BUCKET_KEY_ID is set and BUCKET_NAME is not: files would stay on this machine."


def _unsafe_stripe(settings: Mapping) -> Iterator[str]:
    key, secrets = settings["STRIPE_SECRET_KEY"], settings["STRIPE_WEBHOOK_SECRETS"]
    if key.startswith(SANDBOX_KEY):
        yield "STRIPE_SECRET_KEY is a key of the local sandbox."
    if key and not secrets:
        yield "STRIPE_WEBHOOK_SECRET is not set: payments would arrive and never be booked."
    if any(not secret.startswith("whsec_") for secret in secrets):
        yield "STRIPE_WEBHOOK_SECRET must be a signing secret (whsec_…)."
