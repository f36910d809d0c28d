"""Recorded streams (streams/README.md) for tests: the events, and a stand-in for `stripe_api.call` that answers."""

import copy
import json
from pathlib import Path
from urllib.parse import parse_qsl

FOLDER = Path(__file__).with_name("streams")


def names() -> list[str]:
    """Every recorded stream."""
    return sorted(path.stem for path in FOLDER.glob("*.json"))


class Recorded:
    """One stream: `events` in their order, and what Stripe answers after the last of them."""

    def __init__(self, name: str):
        told = json.loads((FOLDER / f"{name}.json").read_text())
        self.name, self.events, self.answers = name, told["events"], told["answers"]

    def of(self, object: str) -> list[dict]:
        """The objects of a kind as the events first show them: `of("checkout.session")` for the top-ups to make."""
        found = {event["data"]["object"]["id"]: event["data"]["object"] for event in reversed(self.events)}
        return [thing for thing in reversed(found.values()) if thing["object"] == object]

    def call(self, resource: str, method: str, *args) -> dict:
        """In place of `stripe_api.call`. KeyError for what was not recorded."""
        path = resource.replace(".", "/")
        if method == "retrieve":
            path = "/".join([path, *args[:1]])
            return self._answer(path, {})
        params = args[0] if args else {}
        if method == "list":
            return self._events(params) if resource == "events" else self._answer(path, params)
        raise KeyError(f"{resource}.{method} was not recorded")

    def _answer(self, path: str, params: dict) -> dict:
        """The recorded answer that fits best: the one that filters by the most of what is asked."""
        fitting = {}
        for key, answer in self.answers.items():
            where, _, query = key.partition("?")
            filters = {name: value for name, value in parse_qsl(query) if name not in ("limit", "expand[]")}
            if where == path and filters.items() <= params.items():
                fitting[len(filters)] = answer
        if not fitting:
            raise KeyError(f"{path} {params} was not recorded for {self.name}")
        return copy.deepcopy(fitting[max(fitting)])

    def _events(self, params: dict) -> dict:
        """GET /v1/events, newest first, in one page."""
        types, span = params.get("types"), params.get("created") or {}
        found = [
            copy.deepcopy(event)
            for event in reversed(self.events)
            if (not types or event["type"] in types)
            and span.get("gte", 0) <= event["created"] <= span.get("lte", event["created"])
        ]
        return {"object": "list", "data": found, "has_more": False, "url": "/v1/events"}
