"""Who asks, by the user agent. A third of the samples, by their hash, was not looked at while the rules were made."""

import csv
import hashlib
import time
from collections import defaultdict
from pathlib import Path

import pytest

from sitestats import agents, browsers
from sitestats.agents import Kind, Purpose, classify

with Path(__file__).with_name("user_agents.csv").open(newline="") as file:
    SAMPLES = list(csv.DictReader(file))
RULES = {2: "8fbd4e560c7f"}  # a version of the rules -> what they are
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36"
)


def out_of_sight(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % 3 == 0


@pytest.mark.parametrize("hidden", [False, True])
def test_what_is_a_bot_is_found_and_nobody_else(hidden):
    answers = defaultdict(list)
    for row in SAMPLES:
        if out_of_sight(row["user_agent"]) == hidden:
            answers[row["kind"]].append((row, classify(row["user_agent"])))
    sizes = {kind: len(found) for kind, found in answers.items()}
    assert sizes["human"] > 30 and sizes["ai"] > 20 and sizes["bot"] > 50 and sizes["unknown"] > 2
    assert [row["user_agent"] for row, found in answers["human"] if found.kind != Kind.HUMAN] == []
    assert [row["user_agent"] for row, found in answers["unknown"] if found.kind != Kind.UNKNOWN] == []

    def share(kind, right):
        return sum(bool(right(row, found)) for row, found in answers[kind]) / len(answers[kind])

    assert share("bot", lambda row, found: found.kind == Kind.BOT) >= 0.95
    assert share("ai", lambda row, found: found.kind == Kind.AI) >= 0.98
    assert share("ai", lambda row, found: found.purpose == row["purpose"] and found.operator) >= 0.95
    assert share("bot", lambda row, found: found.purpose == row["purpose"] and found.name) >= 0.95
    assert share("human", lambda row, found: (found.device, found.browser) == (row["device"], row["name"])) >= 0.95


@pytest.mark.parametrize(
    ("text", "kind", "name"),
    [
        (f"{CHROME}; compatible; GPTBot/9.9", "ai", "GPTBot"),  # behind a browser's words
        ("gptbot", "ai", "GPTBot"),
        ("Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; SLCC2)", "human", "Internet Explorer"),
        ("Claude-Nobody-Knows-Yet/1.0", "ai", "Claude-*"),
        ("Applebot-Extended Applebot", "ai", "Applebot-Extended"),  # the longer name
        ("Mozilla/5.0 (Linux; Android 13; CUBOT P80) AppleWebKit/537.36 Chrome/120.0 Mobile", "human", "Chrome"),
        ("Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; Sparrow) Chrome/143.0.0.0 Safari/537.36", "bot", None),
        ("Kowai/1.0", "bot", "Kowai"),
        ("Mozilla/5.0 (compatible; Crusader/1.0)", "bot", None),
        pytest.param("\x00\udcff" * 400, "unknown", "", id="noise"),
        pytest.param(" " * 10_000 + "GPTBot", "unknown", "", id="beyond what is read"),
        pytest.param("a" * 100_000, "unknown", "", id="long"),
    ],
)
def test_what_only_looks_like_one(text, kind, name):
    found = classify(text)
    assert (found.kind, found.name) == (kind, found.name if name is None else name)


def test_nobody_makes_it_slow():
    """Texts on which a careless pattern takes minutes; each takes less than a millisecond."""
    parts = (
        "Mozilla/5.0 A-bA-b",
        "A-b",
        "a ",
        "(",
        "()",
        "Windows(",
        "Android ",
        "iPhone ",
        " Version/1",
        "; compatible",
        "/",
    )
    began = time.process_time()
    for part in parts:
        for start in ("", "Mozilla/5.0 ", "Mozilla/5.0 (Windows", "Mozilla/5.0 (X11) "):
            classify(start + part * 500)
    assert time.process_time() - began < 5


def test_who_changes_a_rule_raises_the_version():
    """What is known of agents is judged anew by a higher version alone, and packages bring rules, too."""
    patterns = [each.pattern for each in (agents._MODEL, agents._PEOPLE, agents._NAMES_ITSELF, browsers._MAINSTREAM)]
    tables = [agents._compiled()[0], patterns, browsers._BROWSERS, browsers._SYSTEMS, browsers._DEVICES]
    judged = [classify(sample["user_agent"]) for sample in SAMPLES]  # by whatever code there is
    found = hashlib.sha256(repr([tables, judged]).encode()).hexdigest()[:12]
    assert {agents.RULES_VERSION: found} == RULES, "Rules changed: raise RULES_VERSION, and note both here"


def test_every_row_of_the_table_says_what_it_is_and_where_that_stands():
    with agents.TABLE.open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["name"].lower() for row in rows}) == len(rows) > 250
    for row in rows:
        assert row["kind"] in (Kind.AI, Kind.BOT) and row["reference"] and row["purpose"] in list(Purpose)
        assert row["operator"] or row["kind"] == Kind.BOT
        found = classify(f"Mozilla/5.0 (compatible; {row['name'].replace('*', 'Another')}/1.0)")
        assert (found.name, found.kind, found.purpose) == (row["name"], row["kind"], row["purpose"])
