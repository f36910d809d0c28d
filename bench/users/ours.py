"""Our list of users over a million accounts; a child of bench_users.py. DATABASE_URL: empty, migrated."""
# ruff: noqa: E402 (Django must be set up before its models can be imported)

import os
import sys
import time

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")

import django

django.setup()

from django.db import connection
from django.test import Client

from accounts import figures, queries
from accounts.models import User
from bench.users import asking
from ui import lists

FILL = """
    INSERT INTO accounts_user (password, email, name, role, is_active, is_demo, date_joined, last_login,
                               awaits_welcome, session_epoch, suspension_reason, spendable)
    SELECT '!', 'user' || n || '@example.org', 'Name' || n %% 9000 || ' Surname' || n %% 7000,
           CASE WHEN n %% 10000 = 0 THEN 'support' ELSE '' END, n %% 20 <> 0, false,
           timestamptz '2024-01-01' + n * interval '30 s', timestamptz '2025-01-01' + n * interval '20 s', false, 0, '',
           n::bigint * 7919 %% 200000 / 100.0
    FROM generate_series(1, %s) n
"""
# One account of each sort stands for those of all members: only the wallets are read here
ACCOUNT = """INSERT INTO ledger_account (name, type, sign, role) VALUES ('bench', 'liability', -1, '') RETURNING id"""
WALLETS = """
    INSERT INTO ledger_wallet (member_id, paid, granted, held, debt, last_posted_at, frozen_reason, paid_account_id,
                               granted_account_id, held_account_id, debt_account_id)
    SELECT id, spendable, 0, 0, 0, now(), '', %s, %s, %s, %s FROM accounts_user
"""

COLUMNS = "columns=role,status,credits,last_login,joined"  # those of the admin's list


def fill(rows: int) -> None:
    """Accounts, wallets, and what each could spend."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
        cursor.execute(FILL, [rows])
        cursor.execute(ACCOUNT)
        cursor.execute(WALLETS, [cursor.fetchone()[0]] * 4)
        cursor.execute("VACUUM ANALYZE accounts_user, ledger_wallet")


def main(rows: int) -> None:
    fill(rows)
    owner = User.objects.create_user("owner@poemvision.example", "x", role="super_admin")
    deep = queries.users().order_by(*queries.NEWEST_FIRST)[rows // 4]
    began = time.perf_counter()
    assert figures.refresh() == 0
    print(f"looking for figures that differ: {time.perf_counter() - began:.2f} s", file=sys.stderr)
    place = lists._seal(deep, queries.NEWEST_FIRST)
    print(f"/admin/accounts/panels/users/?{COLUMNS}&after={place}", flush=True)
    client = Client(headers={"Host": "localhost"})
    client.force_login(owner)
    asking.serve(client, calls=20)


if __name__ == "__main__":
    main(int(os.environ["ROWS"]))
