"""What is too large, too many or too slow is refused by the running web server, and hinders nobody else."""

import socket
import time
from contextlib import ExitStack

import httpx
import pytest

from billing.models import StripeEvent
from billing.tests.make import signature
from tests.faults.stack import SECRET

pytestmark = pytest.mark.xdist_group("stack-queue")
LOGIN = "/account/login/"


def post(stack, path, content, kind="application/x-www-form-urlencoded", **headers):
    headers = {"Content-Type": kind, **headers}
    return httpx.post(f"{stack.url}{path}", content=content, headers=headers, timeout=20, trust_env=False)


def test_too_many_fields_and_too_large_bodies(stack):
    with httpx.Client(base_url=stack.url, timeout=20, trust_env=False) as browser:
        browser.get(LOGIN)  # its cookie: without one a form is refused before it is read
        assert browser.post(LOGIN, data={f"a{number}": "1" for number in range(1001)}).status_code == 400
        assert browser.post(LOGIN, data={"a": "x" * 3_000_000}).status_code in (400, 413)
    assert post(stack, "/webhooks/stripe/", b"{" + b" " * 3_000_000).status_code == 413


def test_large_and_many_headers(stack):
    assert stack.get(LOGIN, headers={"X-Long": "x" * 9000}).status_code in (400, 431)
    assert stack.get(LOGIN, headers={f"X-{number}": "1" for number in range(70)}).status_code in (400, 431)
    assert stack.get(f"{LOGIN}?{'x' * 5000}").status_code in (400, 414)


def test_a_body_without_a_length_is_read_by_nobody(stack):
    body = b'{"object": "event"}'
    answer = post(
        stack, "/webhooks/stripe/", iter([body]), "application/json", **{"Stripe-Signature": signature(body, SECRET)}
    )
    assert answer.status_code in (400, 411, 413)
    assert not StripeEvent.objects.filter(payload=body.decode()).exists()


def twenty_pages(stack) -> float:
    """Seconds that they take, one after the other."""
    began = time.monotonic()
    for _ in range(10):
        assert stack.get("/robots.txt").status_code == 200
        assert stack.get(LOGIN).status_code == 200
    return time.monotonic() - began


def test_slow_bodies_hinder_nobody_else(stack):
    head = f"POST {LOGIN} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
    head += "Content-Type: application/x-www-form-urlencoded\r\n\r\na="
    usual = twenty_pages(stack)
    with ExitStack() as slow:
        for _ in range(3):
            line = slow.enter_context(socket.create_connection(("127.0.0.1", stack.port)))
            line.sendall(head.encode())
        assert twenty_pages(stack) < 3 * usual + 5, "slow bodies are waited for for longer than that"


NO_HTTP = {
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n",
    "no version": b"GET\r\n\r\n",
    "future version": b"GET / HTTP/9.9\r\n\r\n",
    "two lengths": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
    "another host": b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    "length of letters": b"POST /webhooks/stripe/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: abc\r\n\r\n",
}


@pytest.mark.parametrize("name", NO_HTTP)
def test_no_http_at_all(stack, name):
    with socket.create_connection(("127.0.0.1", stack.port), timeout=10) as line:
        line.sendall(NO_HTTP[name])
        answer = line.recv(4096)
    assert answer == b"" or answer.split(b" ", 2)[1] in (b"400", b"501", b"505"), answer
    assert stack.status("/healthz") == 200
