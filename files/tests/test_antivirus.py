"""The virus scanner: asked by clamd's protocol about the whole file, before anything reads it."""

import socket
import struct
import threading
from contextlib import contextmanager

import pytest

from alerts.models import Alert
from files import antivirus, inspect
from files.inspect import Refused
from files.tests import make


@contextmanager
def clamd(settings, tmp_path, answer: bytes, limit=10**9):
    """A stand-in that speaks INSTREAM once; yields what it was sent."""
    heard = bytearray()

    def serve():
        with listener.accept()[0] as caller, caller.makefile("rb") as words:
            assert words.read(10) == b"zINSTREAM\0"
            while (size := struct.unpack(">L", words.read(4))[0]) and len(heard) < limit:
                heard.extend(words.read(size))
            caller.sendall(answer)

    with socket.socket(socket.AF_UNIX) as listener:
        settings.CLAMAV_SOCKET = str(tmp_path / "clamd.ctl")
        listener.bind(settings.CLAMAV_SOCKET)
        listener.listen()
        thread = threading.Thread(target=serve)
        thread.start()
        yield heard
        thread.join(10)


@pytest.fixture
def upload(tmp_path):
    path = tmp_path / "upload"
    path.write_bytes(make.png())
    return path


def test_a_file_that_it_passes_is_taken(settings, tmp_path, upload):
    with clamd(settings, tmp_path, b"stream: OK\0") as heard:
        assert inspect.clean(upload, tmp_path / "out").kind == "image"
    assert bytes(heard) == upload.read_bytes()


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"stream: Eicar-Test-Signature FOUND\0", r"found something in this file \(Eicar-Test-Signature\)"),
        (b"INSTREAM size limit exceeded. ERROR\0", "larger than the virus scanner looks at"),
    ],
)
def test_what_it_finds_is_refused_before_it_is_read(settings, tmp_path, upload, monkeypatch, answer, sentence):
    monkeypatch.setattr(inspect, "_decoded", lambda asked: pytest.fail("it was read"))
    monkeypatch.setattr(antivirus, "CHUNK", 16)
    with clamd(settings, tmp_path, answer, limit=16), pytest.raises(Refused, match=sentence):
        make.judged(upload)


@pytest.mark.parametrize("answer", [None, b"", b"stream: busy ERROR\0"])
def test_while_it_does_not_answer_nothing_is_taken(db, settings, tmp_path, upload, answer):
    if answer is None:
        settings.CLAMAV_SOCKET = "127.0.0.1:1"
        with pytest.raises(Refused, match="does not answer"):
            make.judged(upload)
    else:
        with clamd(settings, tmp_path, answer), pytest.raises(Refused, match="does not answer"):
            make.judged(upload)
    assert Alert.objects.get(fingerprint="antivirus").severity == "bad"
