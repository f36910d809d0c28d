import os
import subprocess
import sys
import threading
import zoneinfo
from decimal import Decimal
from itertools import product
from operator import attrgetter
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from artwork import words
from audit.models import AuditEvent
from tests.each import each
from tunables import catalog, kinds, values
from tunables.catalog import CATALOG
from tunables.models import Override

NONSENSE = ["-1", "1000000000", "", None, "NaN", "Infinity", "1.0000001", "1" + "0" * 30, "-0", "1e3", "\x00", "٣", 5]


def test_it_works(owner):
    assert values.get("topup_presets_usd") == (Decimal(5), Decimal(20), Decimal(50))
    assert values.change("topup_presets_usd", " 10,$25.50 ", by=owner) == (Decimal(10), Decimal("25.50"))
    assert values.get("topup_presets_usd") == (Decimal(10), Decimal("25.50"))
    event = AuditEvent.objects.get()
    assert (event.verb, event.target, event.actor) == ("tunable.changed", "tunable:topup_presets_usd", owner)
    assert (event.before, event.after) == ({"value": "5, 20, 50"}, {"value": "10, 25.50"})


def test_reset_goes_back_and_the_version_grows(owner):
    values.change("signup_grant_usd", "2", by=owner)
    assert values.reset("signup_grant_usd", by=owner) == Decimal(1)
    assert values.get("signup_grant_usd") == Decimal(1)
    assert Override.objects.get().version == 2
    assert list(AuditEvent.objects.order_by("id").values_list("verb", flat=True)) == [
        "tunable.changed",
        "tunable.reset",
    ]


@each(CATALOG.values(), attrgetter("key"))
def test_every_default_is_valid_and_survives_the_round_trip(tunable):
    for value in (tunable.default, tunable.safe_value):
        assert kinds.parse(tunable, kinds.to_text(tunable.kind, value)) == value
    assert tunable.hint.endswith(".")


def test_no_poem_is_let_in_that_cannot_be_drawn():
    assert CATALOG["poem_lines_limit"].maximum == words.LINES
    assert CATALOG["poem_characters_limit"].maximum == words.CHARACTERS


def test_nonsense_is_refused_in_a_sentence_or_read_as_something_valid(owner):
    for key, raw in product(CATALOG, NONSENSE):
        try:
            values.change(key, raw, by=owner)
        except ValidationError as refusal:
            assert all(message.endswith(".") for message in refusal.messages), (key, raw)
        else:
            assert raw == "" or CATALOG[key].kind == "text", (key, raw)
            assert raw != "" or key == "topup_bonus_tiers", key
            values.reset(key, by=owner)


def test_a_stored_value_that_cannot_be_read_means_the_safe_value(db):
    for raw in ("-1", "1000000000", "NaN", "1" + "0" * 30, "-0", "\x01"):
        for key in CATALOG:
            Override.objects.update_or_create(key=key, defaults={"value": raw})
        for key in CATALOG:
            assert values.get(key) == CATALOG[key].safe_value, (key, raw)


@pytest.mark.parametrize(
    ("key", "raw", "sentence"),
    [
        ("topup_min_usd", "600", "The smallest top-up ($600) would be above the largest ($500)."),
        ("topup_min_usd", "10", "The preset $5 would be outside $10 to $500."),
        ("topup_max_usd", "30", "The preset $50 would be outside $5 to $30."),
        ("topup_presets_usd", "5, 501", "The preset $501 would be outside $5 to $500."),
        ("topup_bonus_tiers", "600:1", "The bonus tier at $600 would be above the largest top-up ($500)."),
        ("topup_daily_limit_usd", "499", "The daily limit ($499) would be below the largest single top-up ($500)."),
        ("topup_bonus_tiers", "20:21", "Each bonus must be above $0 and at most the amount that earns it."),
        ("expiry_notice_days", "-1", "Enter numbers of days from 1 to 365, such as 30, 7, 1. 0 means none."),
        ("topup_presets_usd", "20, 5", "Enter at most eight different amounts in rising order, such as 5, 20, 50."),
    ],
)
def test_values_that_contradict_each_other_are_refused(key, raw, sentence, owner):
    with pytest.raises(ValidationError) as refusal:
        values.change(key, raw, by=owner)
    assert sentence in refusal.value.messages
    assert not Override.objects.exists()
    assert not AuditEvent.objects.exists()


def test_the_second_of_two_admins_gets_both_values(owner):
    values.change("topup_min_usd", "2", by=owner, version=0)
    with pytest.raises(values.Conflict) as conflict:
        values.change("topup_min_usd", "3", by=owner, version=0)
    assert (conflict.value.current, conflict.value.attempted, conflict.value.version) == ("2", "3", 1)
    assert values.get("topup_min_usd") == 2
    assert list(AuditEvent.objects.order_by("id").values_list("verb", flat=True)) == [
        "tunable.changed",
        "tunable.conflicted",
    ]


def test_one_read_per_request_or_job(owner, django_assert_num_queries):
    with values.snapshot():
        with django_assert_num_queries(3):  # savepoint, SELECT, release: the test itself is a transaction
            assert [values.get("topup_min_usd") for _ in range(5)] == [Decimal(5)] * 5
        values.change("topup_min_usd", "4", by=owner)
        assert values.get("topup_min_usd") == 4


def test_a_change_by_another_process_is_seen_by_the_next_request(committed_db):
    values._open_snapshot()
    assert values.get("topup_min_usd") == 5
    database = connection.settings_dict["NAME"]
    address = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{database}").geturl()
    command = [sys.executable, "manage.py", "tunable", "topup_min_usd", "3"]
    subprocess.run(command, check=True, cwd=settings.BASE_DIR, env={**os.environ, "DATABASE_URL": address})  # noqa: S603
    assert values.get("topup_min_usd") == 5, "one request sees one state"
    values._close_snapshot()
    values._open_snapshot()
    assert values.get("topup_min_usd") == 3
    values._close_snapshot()


def test_an_unreadable_table_means_safe_values_and_a_usable_transaction(db):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE tunables_override RENAME TO gone")
        assert values.get("registration_mode") == "closed"
        assert values.get("login_failures_before_lockout") == 5
        cursor.execute("SELECT 1")
        assert cursor.fetchone() == (1,)
        transaction.set_rollback(True)


def test_two_changes_at_once_cannot_contradict_each_other(committed_db):
    refusals = []
    gate = threading.Barrier(2)

    def change(key, raw):
        gate.wait()
        try:
            values.change(key, raw, by=None)
        except ValidationError as refusal:
            refusals.append(refusal)
        connection.close()

    values.change("topup_presets_usd", "100", by=None)
    values.change("topup_bonus_tiers", "", by=None)
    pairs = [("topup_min_usd", "80"), ("topup_presets_usd", "60")]
    threads = [threading.Thread(target=change, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refusals) == 1


def test_a_room_above_can_refuse(owner, monkeypatch):
    monkeypatch.setattr(values, "_guards", {})
    values.guard("staff_session_hours")(lambda value, by: "Not you." if by == owner else "")
    with pytest.raises(ValidationError, match="Not you"):
        values.change("staff_session_hours", "5", by=owner)
    assert values.change("staff_session_hours", "5", by=None) == 5


def test_the_business_zone(owner):
    values.change("business_time_zone", "Europe/Berlin", by=owner)
    assert values.business_zone() == zoneinfo.ZoneInfo("Europe/Berlin")


def test_the_command_line_is_a_way_back_in_and_is_audited(db, capsys):
    call_command("tunable", "registration_mode", "closed")
    assert "registration_mode = closed" in capsys.readouterr().out
    event = AuditEvent.objects.get()
    assert (event.actor, event.after) == (None, {"value": "closed"})
    with pytest.raises(CommandError, match="Choose one of"):
        call_command("tunable", "registration_mode", "perhaps")
    call_command("tunable", "registration_mode", reset=True)
    assert values.get("registration_mode") == "open"


def test_every_key_stands_in_one_table():
    assert {tunable.key for name in (catalog.TOPUP, catalog.SECURITY) for tunable in catalog.table(name)} == set(
        CATALOG
    )
