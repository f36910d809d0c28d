"""What the database refuses: only what a row is to blame for is given up, and nothing that is stored counts again."""

import tracemalloc
from types import SimpleNamespace

import pytest
from django.db import InternalError, OperationalError, ProgrammingError
from django.http import HttpResponse

from alerts.models import Alert
from sitestats import flusher, recording, salts
from sitestats.models import PageView
from sitestats.storing import Store
from sitestats.tests.test_page_views import tallies, view


@pytest.fixture
def recorder(db, monkeypatch):
    buffer = recording.Buffer(salts.turns())
    monkeypatch.setattr(recording, "buffer", buffer)
    monkeypatch.setattr(flusher.Flusher, "_let_go", lambda self, error: None)  # the transaction is the test's
    for number in range(3):
        next(buffer.answers)
        buffer.note(view(visitor=number))
    return flusher.Flusher(buffer)


@pytest.mark.parametrize("error", [InternalError("read-only"), ProgrammingError("no such column")])
def test_what_no_row_is_to_blame_for_waits(recorder, monkeypatch, error):
    with monkeypatch.context() as broken:
        broken.setattr(Store, "write", lambda self, batch: _raise(error))
        monkeypatch.setattr(flusher, "PATIENCE", 0)
        assert [recorder.flush() for _ in range(5)] == [False] * 5
        assert len(recorder.pending) == 1 and Alert.objects.get(fingerprint=flusher.ALERT).is_open
    assert recorder.flush()
    assert tallies() == {"served": 3, "counted": 3}
    assert not Alert.objects.get(fingerprint=flusher.ALERT).is_open


def test_what_is_stored_is_not_halved_and_stored_again(recorder, monkeypatch):
    """The answer got lost, and when it is sent again something else fails."""
    write, first = Store.write, []

    def shaky(self, batch):
        if not first:
            first.append(write(self, batch))
            raise OperationalError("the answer got lost")
        raise ValueError

    monkeypatch.setattr(Store, "write", shaky)
    monkeypatch.setattr(flusher, "PATIENCE", 0)
    assert [recorder.flush() for _ in range(2)] == [False, True]
    assert PageView.objects.count() == 3 and tallies() == {"served": 3, "counted": 3}


def test_a_batch_is_parted_after_seconds_not_after_tries(recorder, monkeypatch):
    now = flusher.time.monotonic()
    monkeypatch.setattr(flusher.time, "monotonic", lambda: now)
    monkeypatch.setattr(Store, "write", lambda self, batch: batch.rows and _raise(ValueError()))
    assert [recorder.flush() for _ in range(5)] == [False] * 5 and len(recorder.pending[0].rows) == 3
    now += flusher.PATIENCE
    assert recorder.flush() and not recorder.pending


def test_each_batch_has_its_own_seconds(recorder, monkeypatch):
    """After a refusal the database is away for long, then takes the one and refuses the next."""
    now = flusher.time.monotonic()
    monkeypatch.setattr(flusher.time, "monotonic", lambda: now)
    says = [ValueError(), OperationalError("away"), None, ValueError()]
    monkeypatch.setattr(Store, "write", lambda self, batch: (error := says.pop(0)) and _raise(error))
    assert [recorder.flush() for _ in range(2)] == [False] * 2
    now += 60
    next(recorder.buffer.answers)
    monkeypatch.setattr(flusher, "MOST", 1)
    recorder.buffer.note(view(visitor=9))
    assert not recorder.flush() and not says
    assert [len(batch.rows) for batch in recorder.pending] == [1], "it waits as it is"


def test_the_pauses_grow_while_nothing_can_be_stored_and_end_with_that(monkeypatch):
    told, works = [], iter([True, False, False, False, False, False, False, True, True])
    thread = flusher.Flusher(recording.Buffer([]))
    monkeypatch.setattr(thread, "_flush_anyhow", lambda: next(works))
    monkeypatch.setattr(thread.ending, "wait", lambda pause: told.append(pause) or len(told) > 9)
    monkeypatch.setattr(flusher, "close_old_connections", lambda: None)
    monkeypatch.setattr(flusher, "connection", SimpleNamespace(close=lambda: None))
    thread.run()
    assert told == [0.4, 0.4, 0.4, 0.8, 1.6, 3.2, 3.2, 3.2, 0.4, 0.4]


def _raise(error):
    raise error


def test_what_waits_is_bounded_in_bytes(rf):
    """Whatever they send who fill the buffer: 60 MB while nothing can be stored, and no half of a key."""
    buffer, few = recording.Buffer([salts.Turn(0.0, None, b"salt")]), recording.MOST // 100
    middleware = recording.RecordViews(lambda request: HttpResponse(status=404))
    path, kept = "/a" * 50 + "/deadbeef" * 300, "/a" * 50 + "/deadbeef" * 2 + "/..."
    sent = {"HTTP_USER_AGENT": "x" * 4_000, "HTTP_REFERER": f"https://a.example/{'b' * 150}/{'deadbeef' * 400}"}
    requests = [rf.get(path, query_params={"utm_source": n, "b": "c" * 4_000}, **sent) for n in range(few)]
    recording.buffer = buffer
    try:
        for request in requests:
            request.resolver_match = None
        tracemalloc.start()
        for request in requests:
            middleware(request)
        held = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        recording.buffer = None
    first = buffer.waiting[0]
    assert (first.path, first.query) == (kept, "utm_source=0") and first.referrer == f"https://a.example/{'b' * 150}"
    assert len(buffer.waiting) == few and held * 100 < 65_000_000
