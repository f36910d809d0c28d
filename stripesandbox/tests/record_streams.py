"""Play every shipped script on a fresh sandbox and write what Stripe would have sent: one JSON file a script.

    python -m stripesandbox.tests.record_streams billing/tests/streams

Times are fixed and ids are made short, so that a second run writes the same bytes.
"""

import json
import re
import sys
import tempfile
from pathlib import Path

import httpx
import stripe

from stripesandbox.tests.server import API_KEY, TLS, Sandbox, free_port

START = 1_767_607_200  # 5 January 2026, 10:00 UTC
ELSEWHERE = "http://127.0.0.1:9/"  # an endpoint that nobody listens at; its letters are held back
ADDRESS = "http://localhost:12111"
ID = re.compile(
    r"\b(evt|cs_test|pi|ch|py|pm|re|pyr|txn|du|po|cus|in|inpay|il|li|price|prod|issfr|req)_([A-Za-z0-9]{10,})"
)
SECRET = re.compile(r"(_secret_)\w+")
PREFIX = re.compile(r'("invoice_prefix": "|"number": ")[A-Z0-9]{8}')


def record(sandbox: Sandbox, name: str) -> dict:
    """One script as a stream: its events, and what Stripe answers afterwards."""
    sandbox.forget()
    script = sandbox.control("script")[name]
    sandbox.pause()
    made = sandbox.play(*script["steps"], start=START)["made"]
    told = {
        "title": script["title"],
        "steps": script["steps"],
        "events": sandbox.stream(),
        "answers": {path: _ask(sandbox, path) for path in _paths(made)},
    }
    return json.loads(_short(json.dumps(told), sandbox.url))


def _paths(made: dict) -> list[str]:
    """What the project may ask for while it applies these events, as paths of the API."""
    intents = "payment_intents/{}?expand[]=latest_charge.balance_transaction"
    singles = {
        "sessions": "checkout/sessions/{}",
        "payment_intents": intents,
        "charges": "charges/{}",
        "refunds": "refunds/{}",
        "disputes": "disputes/{}",
        "payouts": "payouts/{}",
        "customers": "customers/{}",
    }
    lists = ("refunds?charge={}&limit=100", "disputes?charge={}&limit=100")
    of_charges = [path.format(id) for id in made["charges"] if id for path in lists]
    of_payouts = [f"balance_transactions?payout={id}&limit=100" for id in made["payouts"]]
    single = [path.format(id) for noun, path in singles.items() for id in made[noun] if id]
    return [*single, *of_charges, *of_payouts, *("balance", "balance_transactions?limit=100")]


def _ask(sandbox: Sandbox, path: str) -> dict:
    headers = {"Authorization": f"Bearer {API_KEY}", "Stripe-Version": stripe.api_version}
    answer = httpx.get(f"{sandbox.url}/v1/{path}", headers=headers, timeout=20, trust_env=False, verify=TLS)
    answer.raise_for_status()
    return answer.json()


def _short(text: str, url: str) -> str:
    """evt_1T8f… → evt_1, evt_2 …, numbered for each kind in the order in which they are first named."""
    numbers: dict[str, dict[str, int]] = {}

    def shorten(found) -> str:
        kind, id = found[1], found[0]
        known = numbers.setdefault(kind, {})
        return f"{kind}_{known.setdefault(id, len(known) + 1)}"

    text = SECRET.sub(r"\1x", text)
    text = PREFIX.sub(r"\1SANDBOX", ID.sub(shorten, text))
    return text.replace(url, ADDRESS)


def layout(stream: dict) -> str:
    """One event and one answer a line, so that a change shows as the lines that it touches."""
    line = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode
    events = ",\n".join(f"  {line(event)}" for event in stream["events"])
    answers = ",\n".join(f"  {line(path)}: {line(answer)}" for path, answer in stream["answers"].items())
    head = f'{{\n "title": {line(stream["title"])},\n "steps": {line(stream["steps"])},\n'
    return f'{head} "events": [\n{events}\n ],\n "answers": {{\n{answers}\n }}\n}}\n'


def record_all(folder: Path, *names: str) -> list[str]:
    """Write the streams named, or all; tells which files changed."""
    changed = []
    with tempfile.TemporaryDirectory() as place:
        sandbox = Sandbox(free_port(), Path(place)).start()
        try:
            sandbox.client().v1.webhook_endpoints.create(
                {"url": ELSEWHERE, "enabled_events": ["*"], "api_version": stripe.api_version}
            )
            for name in names or sandbox.control("script"):
                file, text = folder / f"{name}.json", layout(record(sandbox, name))
                if not file.exists() or file.read_text() != text:
                    file.write_text(text)
                    changed.append(name)
        finally:
            sandbox.stop()
    return changed


if __name__ == "__main__":
    folder, *names = sys.argv[1:]
    Path(folder).mkdir(exist_ok=True)
    sys.stdout.write("".join(f"{name} changed\n" for name in record_all(Path(folder), *names)))
