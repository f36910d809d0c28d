"""The one way out to providers over HTTP: time-outs, bounded answers, no redirects, errors told as kinds, never a key.

Never inside a database transaction. (Stripe has a client of its own: billing/stripe_api.py.)
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from poemvision.logs import masked

CONNECT = 5.0  # seconds
ANSWER = 2 * 1024 * 1024  # bytes of JSON


class Failure(Exception):
    """The call did not work out. The text is a sentence without the key."""


class NotSent(Failure):
    """It never got there: nothing happened."""


class Rejected(Failure):
    """A definite no: nothing happened."""

    def __init__(self, message: str, status: int):
        super().__init__(message)
        self.status = status


class Unreachable(Failure):
    """No answer, or no clear one: the call may have had its effect."""


@dataclass(frozen=True)
class Provider:
    """Somebody to ask: `base` is an address without a slash at the end, `key` may be empty."""

    name: str
    base: str
    key: str

    def ask(self, method: str, path: str, body: dict | None = None, *, seconds=30.0, most=ANSWER, **headers) -> dict:
        """The JSON of the answer. Errors: NotSent, Rejected, Unreachable."""
        sent = {"Authorization": f"Bearer {self.key}"} if self.key else {}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        raw = b"".join(self._stream(method, f"{self.base}{path}", sent, body, seconds, most))
        try:
            answer = json.loads(raw)
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise Unreachable(f"{self.name} answered with something else than JSON.")
        return answer

    def download(self, url: str, out: Path, *, origins, most: int, seconds=60.0) -> None:
        """Fetch a file that the provider made, from its own places only, and without showing the key."""
        if not any(_is_at(url, origin) for origin in origins):
            raise Rejected(f"{self.name} points at a file in a place that is not its own.", 0)
        with out.open("wb") as file:
            for part in self._stream("GET", url, {}, None, seconds, most):
                file.write(part)

    def _stream(self, method, url, headers, body, seconds, most):
        ends, size = time.monotonic() + seconds, 0
        limits = httpx.Timeout(seconds, connect=CONNECT)
        try:
            with (
                httpx.Client(timeout=limits, trust_env=False) as client,
                client.stream(method, url, headers=headers, json=body) as response,
            ):
                if response.status_code >= 300:
                    self._refuse(response)
                for part in response.iter_bytes():
                    size += len(part)
                    if size > most:
                        raise Unreachable(f"{self.name} sent more than {most:,} bytes.")
                    if time.monotonic() > ends:
                        raise Unreachable(f"{self.name} took longer than {seconds:.0f} seconds.")
                    yield part
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
            raise NotSent(f"{self.name} could not be reached.") from error
        except httpx.HTTPError as error:
            raise Unreachable(f"{self.name} did not answer.") from error

    def _refuse(self, response) -> None:
        status = response.status_code
        if status >= 500 or status in (408, 409):
            raise Unreachable(f"{self.name} could not answer ({status}).")
        words = _words(next(response.iter_bytes(4096), b""))
        raise Rejected(self._without_key(f"{self.name} refused ({status}): {words}"), status)

    def _without_key(self, text: str) -> str:
        return masked(text.replace(self.key, "…") if self.key else text)


def _words(raw: bytes) -> str:
    """What an error says: `detail` at Replicate, `error.message` where the interface is OpenAI's."""
    try:
        answer = json.loads(raw)
    except ValueError:
        return "it did not say why."
    error = answer.get("detail") or answer.get("error") if isinstance(answer, dict) else None
    if isinstance(error, dict):
        error = error.get("message")
    return " ".join(str(error or "it did not say why.").split())[:300]


def _is_at(url: str, origin: str) -> bool:
    """Whether the address is at this origin, or at a host below it."""
    asked, own = urlsplit(url), urlsplit(origin)
    host = asked.hostname or ""
    same = host == own.hostname or host.endswith(f".{own.hostname}")
    return same and (asked.scheme, asked.port) == (own.scheme, own.port) and not asked.username
