"""How log records are written: JSON lines in production, plain lines in the embedded mode, both with the request's id.

One record is one line, whatever a name, a path or a header holds; keys and passwords are masked.
"""

import json
import logging
import re
from contextvars import ContextVar
from datetime import UTC, datetime

request_id: ContextVar[str] = ContextVar("request_id", default="")

_SECRETS = re.compile(r"\b((?:sk|rk)_(?:live|test)_|whsec_)\w{4,}|(://[^/\s:@]*:)[^/\s@]+(?=@)")
KEYS_AFTER = "key|confirm-email|invite|join|media|owner|staff"  # parts of a path
_ONE_TIME_KEYS = re.compile(rf"(/(?:{KEYS_AFTER})/+)[^/\s]+", re.IGNORECASE)
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def masked(text: str) -> str:
    """The text without the secret part of Stripe keys, signing secrets, passwords in addresses and one-time links."""
    return without_keys(_SECRETS.sub(lambda found: f"{found[1] or found[2]}…", text))


def without_keys(text: str) -> str:
    """The text without the one-time keys that paths of ours hold: whoever reads a log must not get in by them."""
    return _ONE_TIME_KEYS.sub(r"\1…", text)


def on_one_line(text: str) -> str:
    """Control characters escaped, so that nobody forges a second record or drives a terminal."""
    return _CONTROLS.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


class PlainFormatter(logging.Formatter):
    """For people: time, level, logger, message; a traceback follows, indented."""

    def format(self, record: logging.LogRecord) -> str:
        line = on_one_line(masked(record.getMessage()))
        head = f"{_time(record)} {record.levelname} {record.name}"
        trace = f"\n{self.formatException(record.exc_info)}" if record.exc_info else ""
        indented = "".join(f"\n    {on_one_line(part)}" for part in masked(trace).splitlines() if part)
        suffix = f" [{request_id.get()}]" if request_id.get() else ""
        return f"{head}: {line}{suffix}{indented}"


class JsonFormatter(logging.Formatter):
    """For machines: one object per line."""

    def format(self, record: logging.LogRecord) -> str:
        values = {
            "time": _time(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": masked(record.getMessage()),
            "request_id": request_id.get(),
        }
        if record.exc_info:
            values["exception"] = masked(self.formatException(record.exc_info))
        return json.dumps({name: value for name, value in values.items() if value})


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def config(*, embedded: bool) -> dict:
    """Django's LOGGING: everything goes to standard error; whoever runs the process keeps it."""
    formatter = PlainFormatter if embedded else JsonFormatter
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": f"{__name__}.{formatter.__name__}"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {
            "django": {"handlers": [], "level": "INFO"},
            # One line per tick of the sweeper, otherwise; each job's fate is in its row
            "celery.worker.strategy": {"level": "WARNING"},
            "celery.app.trace": {"level": "WARNING"},
            "celery.beat": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
        },
    }


def report_errors(dsn: str) -> None:
    """Send errors to Sentry, or anything that speaks its protocol: where and when, never who or with what values."""
    import sentry_sdk

    sentry_sdk.init(
        dsn,
        send_default_pii=False,
        include_local_variables=False,  # a frame's variables hold passwords, mails and keys
        max_breadcrumbs=0,
        max_request_body_size="never",
        auto_session_tracking=False,
        before_send=_discreet,
    )


def _discreet(event: dict, hint: dict) -> dict:
    """The event with the request’s id, by which the log tells the rest; of the request only what was asked for."""
    request = {name: value for name, value in event.get("request", {}).items() if name in ("method", "url")}
    event = {name: value for name, value in event.items() if name not in ("request", "user")}
    if request:
        event["request"] = request
    if request_id.get():
        event["tags"] = {**(event.get("tags") or {}), "request_id": request_id.get()}
    return _masked_throughout(event)


def _masked_throughout(value):
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {name: _masked_throughout(inner) for name, inner in value.items()}
    return [_masked_throughout(inner) for inner in value] if isinstance(value, list | tuple) else value
