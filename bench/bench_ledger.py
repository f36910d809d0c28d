"""How fast the ledger posts, as ratios of one run: `bin/bench ledger`.

Starts its own PostgreSQL from the wheel, with fsync on, in a temporary folder. Eight clients throughout. Each round
runs every contender once and briefly, one after the other, so that noise of the machine falls on all of them; the
ratios are medians of the rounds' own ratios.
"""

import argparse
import multiprocessing
import os
import re
import secrets
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from decimal import Decimal
from pathlib import Path

from poemvision.embedded import postgres

CLIENTS = 8
MEMBERS = 2000
HERE = Path(__file__).parent / "ledger_sql"
MONTHS = 25
ENTRIES = 1_000_000
IN_SQL, IN_PYTHON = ("bare", "peer", "charge", "caller"), ("python", "verb")
TARGETS = {
    "charge / peer that stores the revenue balance": ("charge", "peer", 1.8),
    "charge / bare INSERT": ("charge", "bare", 0.35),
    "charge / the same without the rights of its owner": ("charge", "caller", 0.9),
    "charge by the Python verb / bare INSERT from Python": ("verb", "python", 0.25),
    "charge by the Python verb / bare INSERT from pgbench": ("verb", "bare", None),
}


def main() -> int:
    """Measure and print; how many targets were missed."""
    options = _arguments()
    home = Path(tempfile.mkdtemp(prefix="poemvision-bench-"))
    home.chmod(0o711)
    port, password = postgres.free_port(), secrets.token_hex(16)
    postgres.initialise(home, password)
    command = postgres.command(home, port, max_wal_size="4GB", shared_buffers="512MB")
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, **postgres.as_account())
    os.environ["DATABASE_URL"] = postgres.url(port, password)  # not the one it may have been given
    try:
        _prepare(port)
        rates = measure(options, home)
        return report(rates) + revenue()
    finally:
        server.send_signal(signal.SIGINT)  # PostgreSQL's fast shutdown
        server.wait(timeout=60)
        shutil.rmtree(home)


def measure(options, home):
    """Transactions per second of every contender, round by round."""
    rates = {name: [] for name in (*IN_SQL, *IN_PYTHON)}
    for number in range(options.rounds):
        for name in IN_SQL:
            rates[name].append(_pgbench(home, name, options.seconds))
        for name in IN_PYTHON:
            rates[name].append(_processes(name, options.seconds))
        print(f"round {number + 1}:", {name: round(found[-1]) for name, found in rates.items()}, flush=True)
    return rates


def report(rates) -> int:
    missed = 0
    for name, found in rates.items():
        print(f"{name:8} {statistics.median(found):8,.0f}/s  ({min(found):,.0f} to {max(found):,.0f})")
    for label, (ours, theirs, target) in TARGETS.items():
        ratio = statistics.median(a / b for a, b in zip(rates[ours], rates[theirs], strict=True))
        verdict = (
            f"(target {target}) {'holds' if ratio >= target else 'MISSED'}" if target else "(no target: two drivers)"
        )
        print(f"{label}: {ratio:.2f} {verdict}")
    return missed


def revenue() -> int:
    """Revenue of 24 months from checkpoints, and the time that all checks take."""
    import datetime as dt

    from ledger import checkpoints, checks, queries

    _history()
    started = time.perf_counter()
    made = checkpoints.make()
    print(f"{made:,} checkpoints over {ENTRIES:,} entries made in {time.perf_counter() - started:.1f} s")
    first = (dt.datetime.now(dt.UTC).date().replace(day=1) - dt.timedelta(days=30 * MONTHS)).replace(day=1)
    times = []
    for _ in range(51):
        started = time.perf_counter()
        months = queries.revenue_by_month(first, 24, dt.UTC)
        times.append((time.perf_counter() - started) * 1000)
    assert len(months) == 24 and months[12].revenue > 0
    median = statistics.median(times)
    print(f"revenue of 24 months: {median:.1f} ms (target 5) {'holds' if median <= 5 else 'MISSED'}")
    started = time.perf_counter()
    violations = checks.run()
    print(f"all checks: {time.perf_counter() - started:.1f} s, {len(violations)} violations", *violations)
    return (median > 5) + bool(violations)


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--seconds", type=int, default=2)
    return parser.parse_args()


def _prepare(port):
    import django
    from django.core.management import call_command
    from django.db import OperationalError, connection

    for name, value in {"DJANGO_SETTINGS_MODULE": "poemvision.settings", "SECRET_KEY": secrets.token_hex(32)}.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1")
    os.environ["STATEMENT_TIMEOUT"] = "10min"
    django.setup()
    from django.contrib.auth import get_user_model

    for _ in range(200):
        try:
            connection.ensure_connection()
            break
        except OperationalError:
            time.sleep(0.1)
    call_command("migrate", verbosity=0)
    people = get_user_model()
    people.objects.bulk_create(people(email=f"m{number}@poemvision.example") for number in range(MEMBERS))
    with connection.cursor() as cursor:
        cursor.execute(
            """SELECT count(ledger_top_up(id, 1000000, 0, 0, 'stripe', NULL, 'bench:' || id, NULL, '', NULL))
               FROM accounts_user""",
        )
        cursor.execute((HERE / "peer.sql").read_text())
        cursor.execute("SELECT pg_get_functiondef('ledger_charge'::regproc)")
        cursor.execute(_with_the_rights_of_its_caller(cursor.fetchone()[0]))
        cursor.execute("ANALYZE")
    connection.close()


def _with_the_rights_of_its_caller(definition: str) -> str:
    """The charge under another name, without SECURITY DEFINER and without a search path of its own."""
    renamed = definition.replace("ledger_charge(", "ledger_charge_as_caller(", 1)
    return re.sub(r"^ SECURITY DEFINER$|^ SET search_path .*$", "", renamed, flags=re.MULTILINE)


def _pgbench(home, name, seconds):
    from django.db import connection

    where = connection.settings_dict
    command = [
        *(postgres.binaries(home) / "pgbench", "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "2"),
        *(
            "-D",
            "number=0",
            "-D",
            f"run={secrets.randbelow(10**12)}",
            "-T",
            str(seconds),
            "-f",
            HERE / f"{name}.pgbench",
            "-h",
            "127.0.0.1",
            "-p",
            str(where["PORT"]),
        ),
        *("-U", where["USER"], where["NAME"]),
    ]
    found = subprocess.run(
        command, capture_output=True, text=True, env={"PGPASSWORD": where["PASSWORD"], "PATH": os.defpath}
    )
    if found.returncode or "failed transactions: 0 " not in found.stdout:
        sys.exit(found.stdout + found.stderr)
    return float(re.search(r"tps = ([\d.]+)", found.stdout)[1])


def _processes(name, seconds):
    """The same from eight processes of Python, each with its own connection."""
    context = multiprocessing.get_context("fork")
    start, counts = context.Barrier(CLIENTS), context.Queue()
    workers = [context.Process(target=_work, args=(name, seconds, start, counts)) for _ in range(CLIENTS)]
    for worker in workers:
        worker.start()
    total = sum(counts.get(timeout=seconds + 60) for _ in workers)
    for worker in workers:
        worker.join()
    return total / seconds


def _work(name, seconds, start, counts):
    import random

    from django.db import connection

    from ledger import posting

    chance, key = random.Random(), secrets.token_hex(8)

    def once(number):
        member = chance.randint(1, MEMBERS)
        if name == "verb":
            posting.charge(member, Decimal("0.01"), service="lite_render", external_id=f"render:{key}:{number}")
        else:
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO bare (member_id, amount) VALUES (%s, %s)", [member, Decimal("0.01")])

    for number in range(20):  # a new session plans its statements: not what is measured
        once(-number)
    done = 1
    start.wait()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        once(done)
        done += 1
    counts.put(done)


def _history():
    """Two years of charges, loaded past the triggers (they would check each of a million rows by itself)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT ledger_account('revenue/' || s) FROM unnest(ARRAY['poem', 'image', 'music', 'frame']) s")
        cursor.execute("SET session_replication_role = replica")
        for table in ("transaction", "entry"):
            cursor.execute(f"ALTER TABLE ledger_{table} ENABLE TRIGGER ledger_{table}_balanced")
        cursor.execute(
            """WITH made AS (
                 INSERT INTO ledger_transaction (kind, amount, note, service, happened_at, posted_at, notable)
                 SELECT 'transfer', 1, '', '', at, at, true FROM (
                   SELECT now() - make_interval(mins => (n * 2.2)::int) AS at FROM generate_series(1, %s) n) AS t
                 RETURNING id, posted_at)
               INSERT INTO ledger_entry (transaction_id, line, account_id, amount, posted_at)
               SELECT m.id, CASE WHEN a.name = 'stripe' THEN 1 ELSE 2 END, a.id,
                      CASE WHEN a.name = 'stripe' THEN 1 ELSE -1 END, m.posted_at
               FROM made m JOIN ledger_account a ON a.name IN ('stripe',
                 (ARRAY['revenue/poem', 'revenue/image', 'revenue/music', 'revenue/frame'])[1 + m.id %% 4])""",
            [ENTRIES // 2],
        )
        for table in ("transaction", "entry"):
            cursor.execute(f"ALTER TABLE ledger_{table} ENABLE ALWAYS TRIGGER ledger_{table}_balanced")
        cursor.execute("RESET session_replication_role")
        cursor.execute("ANALYZE ledger_transaction, ledger_entry")


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
