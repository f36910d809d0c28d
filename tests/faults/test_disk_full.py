"""PostgreSQL's disk is full: what needs room gets 503, nothing is half-written, and with room again all goes on."""

import errno
import os
import subprocess
from contextlib import suppress
from copy import copy
from dataclasses import dataclass
from decimal import Decimal

import psycopg
import pytest
from django.db import OperationalError, connection
from django.test import Client

from accounts.models import User
from audit import chain
from billing.models import StripeEvent
from jobs import runner
from ledger import checks, posting
from ledger.models import Transaction
from ledger.queries import balances
from poemvision.embedded import postgres
from tests.faults.engines import OPTIONS, Postgres
from tests.faults.stack import Stack, django_at, kill_group, make_payment
from tests.waiting import wait_until

pytestmark = [pytest.mark.long, pytest.mark.xdist_group("disk-full"), pytest.mark.timeout(240)]
SIZE = 160  # MB
# A reserve of log, so that the tables are the first to find no room
RESERVE = {"min_wal_size": "64MB", "max_wal_size": "64MB", "checkpoint_timeout": "1h"}


@dataclass
class OnSmallDisk(Postgres):
    """Its data stand on a file system of their own, which a file can fill."""

    @property
    def disk(self):
        return self.home / "disk"

    def create(self):
        super().create()
        self.disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(self.disk)]
        mounted = subprocess.run(mount, capture_output=True)
        if mounted.returncode:
            self.remove()
            pytest.skip("This test mounts a small file system, which is not allowed here")
        data = self.home / "data"
        subprocess.run(["cp", "--archive", data, self.disk], check=True)  # noqa: S607
        data.rename(self.home / "data-before")
        data.symlink_to(self.disk / "data")
        return self

    def command(self):
        return postgres.command(self.home, self.port, **OPTIONS, **RESERVE)

    def fill(self):
        """Not one byte is free; of the log some files are kept ready for use."""
        with self.connect() as line:
            for _ in range(6):
                line.execute("SELECT pg_logical_emit_message(false, 'test', 'x'), pg_switch_wal()")
            line.execute("CHECKPOINT")
        self.take_the_rest()

    def take_the_rest(self):
        with (self.disk / "ballast").open("ab", buffering=0) as ballast:
            for size in (1_000_000, 4096, 1):
                with suppress(OSError) as full:
                    while True:
                        ballast.write(b"x" * size)
                assert full is None or full.errno == errno.ENOSPC

    def use_up_the_log(self):
        """Write until PostgreSQL ends itself: it does so rather than lose a commit, and starts again if it can."""
        with pytest.raises(psycopg.OperationalError), self.connect() as line:
            for _ in range(SIZE):
                line.execute("SELECT pg_logical_emit_message(false, 'test', repeat('x', 1000000))")

    def empty(self):
        """There is room again. Whoever watches over PostgreSQL starts it, if it gave up."""
        (self.disk / "ballast").unlink()
        if self.process.poll() is not None:
            self.start()
        wait_until(self.answers, 30, "PostgreSQL answers")

    def remove(self):
        self.stop()
        if os.path.ismount(self.disk):
            subprocess.run(["umount", self.disk], check=True)  # noqa: S607
        super().remove()


@pytest.fixture
def stack(tmp_path, django_db_setup, django_db_blocker):
    """Without workers: the test runs the jobs."""
    stack = Stack(tmp_path, OnSmallDisk())
    try:
        with django_db_blocker.unblock(), django_at(stack.start().postgres.url):
            yield stack
    finally:
        stack.stop()


@pytest.fixture
def cookies(stack, settings):
    client = Client()
    client.force_login(User.objects.create_user("reader@poemvision.example", "x"))
    return {f"session_{stack.port}": client.cookies[settings.SESSION_COOKIE_NAME].value}


def make_members(count):
    return [User.objects.create_user(f"payer{number}@poemvision.example", "x") for number in range(count)]


def charge_until_refused(stack, member) -> int:
    """How many charges were booked before there was no room for one."""
    for booked in range(5_000):
        if booked % 50 == 0:  # a checkpoint may have removed a file of the log
            stack.postgres.take_the_rest()
        try:
            posting.charge(member, Decimal("0.0001"), service="lite_render")
        except OperationalError:
            return booked
    raise AssertionError("there was room all the time")


def deliver(stack, events) -> list[dict]:
    """Those that were refused, for Stripe to deliver again; the others are stored."""
    answers = [(stack.post_event(event).status_code, event) for event in events]
    assert {status for status, _ in answers} <= {200, 503}
    return [event for status, event in answers if status == 503]


def everything_is_right(members):
    """Each payment that was delivered in the end is credited once."""
    while runner.run_due():
        continue
    assert not StripeEvent.objects.exclude(state="applied").exists()
    assert StripeEvent.objects.count() == Transaction.objects.filter(kind="top_up").count() == len(members)
    assert {balances(member).paid for member in members} == {20}
    assert checks.run() == [] and chain.verify().ok


def test_no_room_for_rows(stack, cookies):
    *payers, spender = make_members(61)
    posting.grant(spender, Decimal(100), note="to be spent")
    events = [make_payment(member) for member in payers]
    stack.postgres.fill()
    refused = deliver(stack, events)
    assert refused, "there was room for all of them"
    booked = charge_until_refused(stack, spender)
    assert Transaction.objects.filter(member=spender, kind="charge").count() - booked in (0, 1)
    assert stack.status("/healthz") == 200
    assert stack.get("/me/credit/", cookies=cookies).status_code in (200, 503)
    assert checks.run() == []

    stack.postgres.empty()
    assert stack.get("/me/credit/", cookies=cookies).status_code == 200
    assert deliver(stack, refused) == []
    everything_is_right(payers)
    posting.charge(spender, Decimal(1), service="lite_render")


def test_no_room_for_the_log(stack, cookies):
    payers = make_members(40)
    events = [make_payment(member) for member in payers]
    assert deliver(stack, events[:10]) == []
    connection.close()
    stack.postgres.fill()
    refused = []
    for first in (10, 20, 30):
        stack.postgres.use_up_the_log()
        refused += deliver(stack, events[first : first + 10])
        assert stack.status("/healthz") == 200
        assert stack.get("/me/credit/", cookies=cookies).status_code in (200, 503)

    stack.postgres.empty()
    assert StripeEvent.objects.count() == 40 - len(refused), "nothing that was taken is lost"
    assert stack.get("/me/credit/", cookies=cookies).status_code == 200
    assert deliver(stack, refused) == []
    everything_is_right(payers)


def test_no_room_for_the_lines_of_the_web_server(stack):
    """Its log goes to a device on which nothing can be written; it serves all the same."""
    port = postgres.free_port()
    (stack.folder / "mute.log").symlink_to("/dev/full")
    web = stack.start_web("mute", port)
    there = copy(stack)
    there.port = port
    try:
        wait_until(lambda: there.status("/healthz") == 200, 40, "the web server")
        assert there.status("/account/login/") == 200 and there.status("/no-such-page/") == 404
        assert deliver(there, [make_payment(member) for member in make_members(3)]) == []
        assert there.post_event({"object": "nonsense"}).status_code == 400
        assert there.status("/readyz") == 200
    finally:
        kill_group(web)
