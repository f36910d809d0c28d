"""Bots that prove who they are by the ranges that their operators publish, fetched from a stand-in of the operators."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command

from alerts.models import Alert
from sitestats import agents, bot_addresses, flusher, recording, salts, tasks
from sitestats.bot_addresses import Identity, Source, Unusable, load, parse, verify
from sitestats.models import PublishedAddresses
from tests.provider import Lost, Provider, serving

COMMON = {
    "creationTime": "2026-11-01T00:00:00.000000",
    "description": "no network",
    "prefixes": [{"ipv4Prefix": "20.15.240.64/28"}, {"ipv4Prefix": "20.15.240.80/28"}, {"ipv6Prefix": "2a01:111::/32"}],
}


class Operators(Provider):
    """Answers by path; a path that is not in `files` is not found."""

    def __init__(self, **files):
        super().__init__()
        self.files = files

    def answer(self, method, path, body, headers):
        found = self.files.get(path.strip("/"))
        if isinstance(found, Exception):
            raise found
        return (404, {}) if found is None else (200, found)


@pytest.fixture
def operators(monkeypatch):
    monkeypatch.setattr(bot_addresses, "_loaded", {})
    with serving(Operators(gpt=COMMON, user={"prefixes": ["23.98.142.176/28"]}, html=b"<html>")) as running:
        sources = [("gpt", ("GPTBot", "OAI-SearchBot")), ("user", ("ChatGPT-User",))]
        table = tuple(Source(file, names, f"{running.url}/{file}") for file, names in sources)
        monkeypatch.setattr(bot_addresses, "table", lambda: table)
        yield running


def test_it_works(operators, db, capsys):
    assert verify("GPTBot", "20.15.240.70") == Identity.UNCHECKED
    call_command("refresh_bot_addresses")
    call_command("refresh_bot_addresses")  # twice on a day
    assert PublishedAddresses.objects.count() == 2
    assert "Authorization" not in operators.asked[0][3]
    assert load() == 3
    answers = {
        ("GPTBot", "20.15.240.64"): Identity.VERIFIED,
        ("OAI-SearchBot", "20.15.240.95"): Identity.VERIFIED,
        ("GPTBot", "20.15.240.63"): Identity.CLAIMED,
        ("GPTBot", "20.15.240.96"): Identity.CLAIMED,
        ("GPTBot", "::ffff:20.15.240.70"): Identity.VERIFIED,
        ("GPTBot", "2a01:111:f403::1"): Identity.VERIFIED,
        ("GPTBot", "2a01:112::1"): Identity.CLAIMED,
        ("GPTBot", "unix:"): Identity.CLAIMED,
        ("GPTBot", "0.0.0.0"): Identity.CLAIMED,  # noqa: S104
        ("ChatGPT-User", "23.98.142.180"): Identity.VERIFIED,
        ("ChatGPT-User", "2a01:111::1"): Identity.CLAIMED,
        ("ClaudeBot", "20.15.240.70"): Identity.UNCHECKED,
    }
    assert {asked: verify(*asked) for asked in answers} == answers


def test_a_bad_file_leaves_what_was_kept_and_the_newest_day_counts(operators, db):
    bot_addresses.refresh(date(2026, 11, 1))
    operators.files |= {"gpt": {"prefixes": [{"ipv4Prefix": "20.171.206.0/24"}]}, "user": Lost()}
    assert bot_addresses.refresh(date(2026, 11, 2)) == {"user": "user did not answer."}
    load()
    assert (verify("GPTBot", "20.15.240.70"), verify("GPTBot", "20.171.206.9")) == (Identity.CLAIMED, Identity.VERIFIED)
    assert verify("ChatGPT-User", "23.98.142.180") == Identity.VERIFIED
    operators.files = {"user": b"<html>"}
    with pytest.raises(CommandError, match="2 of 2"):
        call_command("refresh_bot_addresses")
    assert load() == 3


def test_addresses_that_grow_old_are_an_alert_until_they_are_fetched(operators, db, settings):
    settings.EMBEDDED = False
    PublishedAddresses.objects.create(file="gpt", day=date(2020, 1, 1), networks=[])
    assert bot_addresses.keep_fresh(date(2026, 11, 1)) == []
    assert not PublishedAddresses.objects.filter(day__lt=date(2026, 1, 1)).exists()
    operators.files |= {"gpt": b"<html>"}
    assert bot_addresses.keep_fresh(date(2026, 11, 8)) == []
    assert bot_addresses.keep_fresh(date(2026, 11, 9)) == ["gpt"]
    alert = Alert.objects.get(fingerprint=bot_addresses.ALERT)
    assert alert.is_open and alert.detail.startswith("gpt: ")
    operators.files |= {"gpt": COMMON}
    tasks.keep_bot_addresses_fresh()
    alert.refresh_from_db()
    assert not alert.is_open
    settings.EMBEDDED, asked = True, len(operators.asked)
    tasks.keep_bot_addresses_fresh()
    assert len(operators.asked) == asked


def test_web_processes_know_them_without_a_restart(operators, db):
    bot_addresses.refresh(date(2026, 11, 1))
    assert verify("GPTBot", "20.15.240.70") == Identity.UNCHECKED
    thread = flusher.Flusher(recording.Buffer(salts.turns()))
    assert thread.flush() and verify("GPTBot", "20.15.240.70") == Identity.VERIFIED


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"prefixes": []},
        {"prefixes": [{"ipv4Prefix": "0.0.0.0/0"}]},
        {"prefixes": ["10.0.0.0/8"]},
        {"prefixes": ["2000::/3"]},
        {"prefixes": ["20.15.240.64/28", "drop table"]},
    ],
)
def test_no_list_of_addresses(document):
    with pytest.raises(Unusable):
        parse(document)


@pytest.mark.parametrize(
    "document",
    [
        {"prefixes": [{"ip_prefix": "20.15.240.64/28"}]},
        {"ips": ["20.15.240.64/29", "20.15.240.72/29"]},
        {"data": {"cidrs": ["20.15.240.65/28"]}, "service": "any"},
        {"ips": [{"ip_address": f"20.15.240.{last}"} for last in range(64, 80)]},
    ],
)
def test_however_its_keys_are_called(document):
    assert parse(document) == ["20.15.240.64/28"]


def test_every_row_names_agents_that_the_rules_know():
    known = {rule.name for rule in agents._table()}
    sources = bot_addresses.table()
    assert {agent for source in sources for agent in source.agents} <= known
    assert len({source.file for source in sources}) == len(sources) > 15
    assert all(source.address.startswith("https://") for source in sources)
