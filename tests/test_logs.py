"""Log lines: one record is one line, with the request's id and without secrets."""

import json
import logging
import re
import sys
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.test import RequestFactory

from poemvision import gunicorn, logs
from poemvision.gunicorn import Discreet
from poemvision.middleware import RequestId

HOSTILE = "ok\r\n2026-01-01 ERROR forged\x1b[31m\u2028"


def _record(message, *args, exception=None):
    return logging.LogRecord("room", logging.WARNING, __file__, 1, message, args, exception)


def test_it_works():
    line = json.loads(logs.JsonFormatter().format(_record("Paid %s", 20)))
    assert (line["level"], line["logger"], line["message"]) == ("warning", "room", "Paid 20")
    assert line["time"].endswith("Z")


@pytest.mark.parametrize("formatter", [logs.JsonFormatter(), logs.PlainFormatter()])
def test_nobody_forges_a_line(formatter):
    line = formatter.format(_record("Signed in: %s", HOSTILE))
    assert len(line.splitlines()) == 1
    assert "\x1b" not in line


def test_a_traceback_cannot_look_like_a_record():
    try:
        raise ValueError("x\n2026-01-01 ERROR forged")
    except ValueError:
        text = logs.PlainFormatter().format(_record("Failed", exception=sys.exc_info()))
    assert all(line.startswith("    ") for line in text.splitlines()[1:])


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("key sk_live_51Habcdefgh failed", "51Habcdefgh"),
        ("signed with whsec_abcdefgh123", "abcdefgh123"),
        ("redis://:hunter22@127.0.0.1:6379/0 refused", "hunter22"),
        ("postgresql://app:hunter22@db/app", "hunter22"),
    ],
)
def test_secrets_are_masked(text, secret):
    assert secret not in logs.JsonFormatter().format(_record(text))
    assert secret not in logs.PlainFormatter().format(_record(text))


def test_each_request_has_its_id_in_its_lines():
    seen = []

    def view(request):
        seen.append(json.loads(logs.JsonFormatter().format(_record("here")))["request_id"])
        return SimpleNamespace(headers={})

    answers = [RequestId(view)(RequestFactory().get("/")) for _ in range(2)]
    assert seen == [answer.headers["X-Request-Id"] for answer in answers]
    assert seen[0] != seen[1]


@pytest.mark.parametrize("folder", ["reset/key", "account/confirm-email", "account/owner", "JOIN", "/join/"])
def test_the_access_log_holds_no_query_and_no_one_time_key(folder, monkeypatch):
    monkeypatch.setattr("gunicorn.glogging.Logger.atoms", lambda *_: {"U": f"/{folder}/3f-c9a1b2/\r\nforged"})
    path = Discreet.__new__(Discreet).atoms(None, None, None, None)["U"]
    assert "c9a1b2" not in path
    assert "\n" not in path


def test_no_access_log_names_who_asked():
    """By the network at most; and the web server leaves out the same keys as the application."""
    assert "(h)" not in gunicorn.access_log_format and "h" not in gunicorn._FIELDS.values()
    conf = (settings.BASE_DIR / "deploy" / "nginx.conf").read_text()
    (line,) = re.findall("^log_format .*$", conf, re.MULTILINE)
    assert "$network" in line and "_addr" not in line and "forwarded" not in line
    (rules,) = re.findall(r"map \$remote_addr \$network \{(.*?)\}", conf, re.DOTALL)
    rules = [re.compile(rule.replace("(?<", "(?P<")) for rule in re.findall(r"~(\S+)", rules)]
    for address, network in (("203.0.113.9", "203.0.113"), ("2001:db8::9", "2001:db8"), ("::1", None)):
        found = next((match[1] for rule in rules if (match := rule.match(address))), None)
        assert found == network
    (keys,) = re.findall(r"before>\.\*/\(\?:([\w|-]+)\)/", conf)
    assert set(keys.split("|")) == set(re.findall(r"\?:([\w|-]+)", logs._ONE_TIME_KEYS.pattern)[0].split("|"))


@pytest.mark.parametrize("formatter", [logs.JsonFormatter(), logs.PlainFormatter()])
def test_a_refused_one_time_link_is_not_in_the_log(formatter):
    line = formatter.format(_record("Unprocessable Entity: %s", "/account/staff/Ab-9_secret/accept/"))
    assert "Ab-9_secret" not in line and "/accept/" in line
