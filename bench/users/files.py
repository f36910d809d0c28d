"""What bench_exports.py times, one function a process. Django is set up before this is imported."""

import time

from django.db import connection
from django.http import QueryDict
from xlsxwriter import Workbook

from accounts.exporting import USERS
from accounts.models import User
from bench.users import ours
from exports import writing

BARE = """COPY (SELECT u.id, u.name, u.email, u.role, u.is_active, w.paid + w.granted, w.debt, u.last_login,
           u.date_joined
    FROM accounts_user u LEFT JOIN ledger_wallet w ON w.member_id = u.id
    ORDER BY u.date_joined DESC, u.id DESC) TO STDOUT (FORMAT csv)"""


class Silent:
    """Stands for the progress, which is told once a second."""

    done = 0

    def check(self):
        """Nobody cancels."""


def fill(path, rows, excel, columns) -> None:
    ours.fill(rows)
    User.objects.create_user("owner@poemvision.example", "x", role="super_admin")


def _wanted(columns, excel=0):
    owner = User.objects.get(email="owner@poemvision.example")
    found = USERS.rows(owner, QueryDict())
    return found[:excel] if excel else found, [c for c in USERS.columns(owner) if c.key in columns]


def csv(path, rows, excel, columns) -> None:
    wanted = _wanted(columns)
    with path.open("wb") as out:
        assert writing.write_csv(out, *wanted, Silent()) == rows + 1


def copy(path, rows, excel, columns) -> None:
    with path.open("wb") as out, connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        with cursor.cursor.copy(BARE) as lines:
            for line in lines:
                out.write(line)


def excel(path, rows, excel, columns) -> None:
    assert writing.write_excel(path, *_wanted(columns, excel), Silent()) == excel


def xlsxwriter(path, rows, excel, columns) -> float:
    """The loop alone: the same cells, ready in memory."""
    people, wanted = _wanted(columns, excel)
    cells = list(people.values_list(*(column.as_excel(column.expression) for column in wanted)))
    began = time.perf_counter()
    book = Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(cells, 1):
        for at, value in enumerate(row):
            if isinstance(value, str):
                sheet.write_string(number, at, value)
            elif value is not None:
                sheet.write_number(number, at, value)
    book.close()
    return time.perf_counter() - began
