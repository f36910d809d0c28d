"""A long random life of the ledger and of Stripe's events: `bin/bench soak [STEPS] [--seed N] [--processes N]`.

Many members pay, spend, get refunds and disputes, owe and are forgiven, on a real PostgreSQL and from several processes
at once; letters come late, twice and in the wrong order. Each member's balances and lots are compared with the plain
model (ledger/tests/model.py) every few steps; the invariants are looked at while it goes on and at the end.
"""

import argparse
import multiprocessing
import os
import secrets
import sys
import time
import traceback
from collections import Counter
from random import Random

STEPS, PROCESSES = 100_000, 4
LIVING = 10  # members at a time of each process
LIFE = 80  # steps of one member, about
COMPARE = 8  # steps between two looks at a member
CHECKPOINTS = 5
TELL = 250  # steps between two words to the parent
CLOCK_LOCK = 0x50AC


def main() -> int:
    """How many violations there were."""
    options = _arguments()
    print(f"seed {options.seed}: {options.steps:,} steps in {options.processes} processes", flush=True)
    _prepare()
    from bench.soak.crowd import Crowd

    crowd = Crowd(Random(options.seed), payments=max(20, options.steps // 200))
    staff = _staff()
    _close()
    context = multiprocessing.get_context("fork")
    words = context.Queue()
    shares = [options.steps // options.processes + (number < options.steps % options.processes)
              for number in range(options.processes)]  # fmt: skip
    began = time.monotonic()
    processes = [
        context.Process(target=_work, args=(number, share, options.seed, crowd, staff, words))
        for number, share in enumerate(shares)
    ]
    for process in processes:
        process.start()
    total = _listen(processes, words, options.steps)
    for process in processes:
        process.join()
    return _end(total, crowd, time.monotonic() - began, options.seed)


def _listen(processes, words, steps: int) -> Counter:
    """What the processes did; the invariants in between."""
    from tests.faults.invariants import invariants

    total, checkpoint, over = Counter(), steps // CHECKPOINTS, 0
    while over < len(processes):
        word = words.get(timeout=600)
        over += word.pop("over", 0)
        for problem in word.pop("problems", ()):
            total["violations"] += 1
            print(problem, flush=True)
        total.update(word)
        if total["steps"] >= checkpoint and over < len(processes):
            checkpoint += steps // CHECKPOINTS
            found = invariants()
            total["violations"] += len(found)
            print(f"{total['steps']:,} steps, {total['members']:,} lives: {len(found)} violations", *found, flush=True)
    return total


def _end(total: Counter, crowd, seconds: float, seed: int) -> int:
    from jobs import runner
    from jobs.models import Job
    from ledger.models import Entry, Transaction
    from ledger.queries import account_balance
    from ledger.tests import clock
    from tests.faults.invariants import invariants

    clock.shift(0)  # the functions of the ledger go by the clock of tests by now
    for job in Job.objects.exclude(state__in=("done", "dead")).filter(kind="billing.complete_top_up"):
        runner.run(job.pk, only_due=False)
    found = invariants()
    booked, expected = account_balance("stripe") * 100, total["cents"] + crowd.cash
    if booked != expected:
        found.append(f"{booked} cents in the account stripe, {expected} left at Stripe")
    total["violations"] += len(found)
    print(*found, sep="\n")
    acts = {name.removeprefix("act "): count for name, count in total.most_common() if name.startswith("act ")}
    print("  ".join(f"{name.replace('_', ' ')} {count:,}" for name, count in acts.items()))
    print(
        f"{total['members']:,} lives and {len(crowd.members)} shared members, {total['compared']:,} comparisons, "
        f"{Transaction.objects.count():,} transactions, {Entry.objects.count():,} entries, "
        f"{Job.objects.filter(state='done').count():,} jobs"
    )
    print(f"{total['steps']:,} steps in {seconds:.0f} s: {total['steps'] / seconds:.0f} a second; seed {seed}")
    print(f"{total['violations']} violations")
    return total["violations"]


def _work(number: int, steps: int, seed: int, crowd, staff, words) -> None:
    """One process: some living members, each replaced at the end of its life, and the crowd now and then."""
    from bench.soak.chance import Chance
    from bench.soak.life import Life
    from ledger.tests import clock

    chance, hours, done = Chance(f"{seed}:{number}"), [0], Counter()
    crowd.join(Random(f"{seed}:{number}:crowd"))
    try:
        _take_clock(clock)
        living = []
        for step in range(1, steps + 1):
            if len(living) < LIVING:
                living.append(Life(chance, lambda: hours[0], staff))
            if step % 50 == 0:
                hours[0] += chance.randint(1, 9)
                clock.shift(hours[0])
            if crowd.mine and step % 6 == 0:
                done[f"act {crowd.step()}"] += 1
            else:
                _live(chance, living, done)
            done["steps"] += 1
            if step % TELL == 0:
                words.put(dict(done))
                done.clear()
        for life in living:
            _bury(life, done)
    except Exception:
        done["problems"] = [f"Process {number}, seed {seed}:\n{traceback.format_exc()}"]
    words.put({**done, "over": 1})
    _close()


def _live(chance, living: list, done: Counter) -> None:
    life = chance.choice(living)
    done[f"act {life.step()}"] += 1
    if life.steps % COMPARE == 0:
        life.compare()
        done["compared"] += 1
    if life.steps > LIFE // 4 and chance.random() < 1 / LIFE:
        living.remove(life)
        _bury(life, done)


def _bury(life, done: Counter) -> None:
    life.compare()
    done.update({"compared": 1, "members": 1, "cents": life.cash})


def _take_clock(clock) -> None:
    """Each process moves the clock of its own session; one after the other, for they create the same functions."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [CLOCK_LOCK])
        moving = clock.moving_clock()
        moving.__enter__()
        cursor.execute("SELECT pg_advisory_unlock(%s)", [CLOCK_LOCK])


def _arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("steps", type=int, nargs="?", default=STEPS)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**9))
    parser.add_argument("--processes", type=int, default=PROCESSES)
    return parser.parse_args()


def _prepare() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "poemvision.settings")
    os.environ.setdefault("STATEMENT_TIMEOUT", "10min")
    import django

    django.setup()
    from bench.soak import stripe
    from billing import stripe_api
    from jobs import doorbell

    stripe_api.call = stripe.answer
    doorbell.ring = lambda job_ids, queue: True


def _staff():
    from accounts.models import User

    return User.objects.create_user("soak@poemvision.example", None, role="finance")


def _close() -> None:
    from django.db import connection

    connection.close()


if __name__ == "__main__":
    sys.exit(1 if main() else 0)
