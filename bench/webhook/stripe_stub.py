"""Stripe's API as far as dj-stripe asks for it while it takes a webhook: an account and customers. Port in argv."""

import asyncio
import json
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))

from bench.webhook.events import ACCOUNT, customer

ASKED = re.compile(rb"GET /v1/(account|customers)(?:/(\w+))?[ ?]")


def answer(request: bytes) -> bytes:
    """A complete HTTP answer."""
    asked = ASKED.match(request)
    if asked is None:
        status, thing = "404 Not Found", {"error": {"type": "invalid_request_error", "code": "resource_missing"}}
    elif asked[1] == b"customers":
        status, thing = "200 OK", customer(asked[2].decode())
    else:
        status, thing = "200 OK", {"id": ACCOUNT, "object": "account", "email": "a@poemvision.example", "metadata": {}}
    body = json.dumps(thing).encode()
    return f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection; requests have no bodies here."""
    try:
        while True:
            writer.write(answer(await reader.readuntil(b"\r\n\r\n")))
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def main(port: int) -> None:
    async with await asyncio.start_server(serve, "127.0.0.1", port) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
