"""CSV that a spreadsheet opens without running anything."""

import csv
import datetime as dt
import io
import re
import unicodedata
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ui.csv

pytestmark = pytest.mark.usefixtures("db")


def read(response):
    return list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"), newline="")))


def test_it_works():
    rows = [{"who": "Zoë", "amount": Decimal("12.340000"), "at": dt.datetime(2026, 11, 21, 9, tzinfo=dt.UTC)}]
    response = ui.csv.stream(
        rows,
        [("who", "User"), ("amount", "Amount"), ("at", "Time"), ("x", "Twice", lambda row: row["amount"] * 2)],
        ui.csv.name("top-ups", "refunded", "last 30 days"),
    )
    assert response["Content-Disposition"] == 'attachment; filename="top-ups_refunded_last-30-days.csv"'
    body = b"".join(response)
    assert body.startswith(b"\xef\xbb\xbfUser,Amount,Time,Twice\r\n")
    assert body.decode("utf-8-sig").splitlines()[1] == "Zoë,12.34,2026-11-21 09:00:00+00:00,24.68"


@pytest.mark.parametrize(
    "evil",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "＋1", "－1", "＠x", " =1", "\xa0=1", "\x00=1", "\n=1"],
)
def test_no_cell_is_a_formula(evil):
    assert ui.csv.cell(evil).startswith("'")


@pytest.mark.parametrize("evil", ["a;=1", "a; ＝1", "a\t+1", "a\r\n@x", ";-1", "a;b;|calc"])
def test_nor_is_a_part_that_others_take_for_a_cell(evil):
    """Where the semicolon or the tab parts cells, a line of this file falls apart elsewhere, whatever is quoted."""
    (_, row) = read(ui.csv.stream([{"a": "x", "b": evil}], [("a", "A"), ("b", "B")], "x"))
    for part in re.split("[;\t\r\n]", row[1]):
        assert not unicodedata.normalize("NFKC", part.strip()).startswith(tuple("=+-@|")), part


def test_negative_numbers_stay_numbers():
    assert ui.csv.cell(Decimal("-0.500000")) == "-0.50"
    assert ui.csv.cell(-3) == "-3"
    assert [ui.csv.cell(Decimal(nothing)) for nothing in ("-0.000000", "-0.0000001")] == ["0.00", "0.00"]


def test_decimals_never_get_an_exponent():
    assert ui.csv.cell(Decimal("1E+3")) == "1000"
    assert ui.csv.cell(Decimal("0.000001")) == "0.000001"
    assert ui.csv.cell(Decimal(1) / 3) == "0.333333" and ui.csv.cell(Decimal("3")) == "3"


def test_hidden_columns_stay_out():
    response = ui.csv.stream([{"a": 1, "b": 2}], [("a", "A"), ("b", "B")], "x", hide="b")
    assert read(response) == [["A"], ["1"]]


def test_it_follows_paths_and_forgives_none():
    rows = [SimpleNamespace(user=SimpleNamespace(email="a@b.c")), SimpleNamespace(user=None)]
    assert read(ui.csv.stream(rows, [("user.email", "User")], "x")) == [["User"], ["a@b.c"], [""]]


def test_the_file_name_cannot_break_the_header():
    response = ui.csv.stream([], [("a", "A")], 'x"\r\nSet-Cookie: a=b.csv')
    assert "\n" not in response["Content-Disposition"]
    assert response["Content-Disposition"].count('"') == 2


@given(st.text())
def test_any_text_survives_a_round_trip(text):
    (_, row) = read(ui.csv.stream([{"a": text}], [("a", "A")], "x"))[:2] if text else ([], [""])
    plain = ui.csv._CONTROL.sub("", text)
    assert row[0].replace("'", "") == plain.replace("'", "")
