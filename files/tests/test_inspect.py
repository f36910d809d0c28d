"""Uploads that attack: each is refused with a sentence, or nothing of it is left but the picture."""

import io
import socket
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import av
import pytest
from av.stream import Disposition
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from files import inspect
from files.inspect import Refused
from files.place import NoSpace
from files.tests import make

SVG = b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
SECRET = "geheim-4711"
DAMAGED = "damaged, cut off"


def put(tmp_path, data, name="upload"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "The file is empty"),
        (SVG, "SVG pictures can carry programs"),
        (b"\xef\xbb\xbf \n<svg onload=alert(1)>", "SVG pictures"),
        (b"<!doctype html><script>alert(1)</script>", "a page of HTML or XML"),
        (b"%PDF-1.7 ...", "This is a PDF"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "a list of other files"),
        (b"#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\nhttp://127.0.0.1/x.ts\n", "a playlist"),
        (b"PK\x03\x04....", "a ZIP archive"),
        (b"MZ\x90....", "a program"),
        (b"\x00\x00\x00\x1cftypheic\x00\x00", "HEIC are not taken"),
        (b"just words", "no kind of file that we know"),
        (b"GIF89a/*" + b"*/=1;alert(1);//" * 20, DAMAGED),
        (b"\x00\x00\x00\x18ftypmp42" + b"<script>alert(1)</script>" * 20, DAMAGED),
        (make.png()[:60], DAMAGED),
        (make.picture("JPEG", (300, 300))[:600], DAMAGED),
        (b"ID3\x04\x00\x00" + b"#EXTM3U\nfile:///etc/passwd\n" * 50, DAMAGED),
        (make.bomb(), "169 megapixels; at most 40"),
    ],
)
def test_what_is_no_picture_music_or_video_is_refused(tmp_path, data, sentence):
    with pytest.raises(Refused, match=sentence):
        make.judged(put(tmp_path, data, "innocent.mp4"))


def test_the_name_may_not_lie(tmp_path):
    path = put(tmp_path, make.png())
    assert make.judged(path, "holiday.JPG").extension == ".png"
    for name in ("x.html", "x.svg", "x.php"):
        with pytest.raises(Refused, match="the content is PNG"):
            make.judged(path, name)


def test_a_picture_is_drawn_anew(tmp_path):
    """Comments, places, an appended archive: what is not the picture is gone. It stands upright, in sRGB."""
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, SECRET
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writer:
        writer.writestr("x.html", SECRET)
    jpeg = make.picture("JPEG", (60, 20), exif=exif, comment=SECRET.encode()) + archive.getvalue()
    note = PngInfo()
    note.add_text("Comment", SECRET)
    png = make.png((3000, 20), pnginfo=note) + b"<script>" + SECRET.encode()
    gif = make.picture("GIF", comment=SECRET.encode())
    for data, size, extension in ((jpeg, (20, 60), ".jpg"), (png, (3000, 20), ".png"), (gif, (40, 30), ".jpg")):
        out, preview = tmp_path / "out", tmp_path / "preview"
        assert SECRET.encode() in data
        facts = inspect.clean(put(tmp_path, data), out, preview)
        assert ((facts.width, facts.height), facts.extension) == (size, extension)
        assert SECRET.encode() not in out.read_bytes() + preview.read_bytes()
        assert make.judged(out).content_type == facts.content_type
        with Image.open(preview) as small:
            assert small.format == "WEBP" and max(small.size) <= 640


def test_what_can_be_seen_through_stays_so(tmp_path):
    data = io.BytesIO()
    Image.new("RGBA", (9, 9), (255, 0, 0, 0)).save(data, "WEBP", lossless=True)
    inspect.clean(put(tmp_path, data.getvalue()), tmp_path / "out")
    with Image.open(tmp_path / "out") as clean:
        assert (clean.format, clean.getpixel((4, 4))[3]) == ("PNG", 0)


def test_too_many_frames_are_refused(tmp_path):
    data = io.BytesIO()
    frames = [Image.new("RGB", (2, 2), (number, 0, 0)) for number in range(201)]
    frames[0].save(data, "GIF", save_all=True, append_images=frames[1:], duration=10)
    with pytest.raises(Refused, match="201 frames; at most 200"):
        make.judged(put(tmp_path, data.getvalue()))


def test_music_and_film_lose_what_is_not_music_or_film(tmp_path):
    film = make.film(tmp_path / "film.mp4", comment=SECRET, location="+52.5200+013.4050/")
    assert SECRET.encode() in film
    facts = inspect.clean(put(tmp_path, film), tmp_path / "out", tmp_path / "preview", name="x.mov")
    assert (facts.kind, facts.content_type, facts.width, facts.height) == ("video", "video/mp4", 64, 48)
    assert facts.duration_ms == 1000 and make.judged(tmp_path / "out") == facts
    assert SECRET.encode() not in (tmp_path / "out").read_bytes()
    with Image.open(tmp_path / "preview") as still:
        assert still.size == (64, 48)

    tagged = make.wav() + b"LIST" + (4 + 8 + 12).to_bytes(4, "little") + b"INFOICMT\x0c\0\0\0" + SECRET.encode() + b"\0"
    facts = inspect.clean(put(tmp_path, tagged), tmp_path / "out", tmp_path / "preview")
    assert (facts.kind, facts.content_type, facts.duration_ms) == ("music", "audio/wav", 500)
    assert SECRET.encode() not in (tmp_path / "out").read_bytes() and make.judged(tmp_path / "out") == facts


def test_a_film_is_the_stream_that_was_judged(tmp_path):
    """A cover comes first in the file, and is left behind; sound that no browser plays is named."""
    path = tmp_path / "film.mp4"
    with av.open(str(path), "w", format="mp4") as out:
        cover, film = out.add_stream("mjpeg", rate=1), out.add_stream("h264", rate=12)
        cover.width, cover.height, cover.pix_fmt, cover.disposition = 32, 32, "yuvj420p", Disposition.attached_pic
        film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
        out.mux(cover.encode(av.VideoFrame(32, 32, "yuvj420p")))
        out.mux([packet for _ in range(12) for packet in film.encode(av.VideoFrame(64, 48, "yuv420p"))])
        out.mux(film.encode())
    assert inspect.clean(path, tmp_path / "out").duration_ms == 1000
    with av.open(str(tmp_path / "out")) as made:
        assert [(each.codec_context.name, each.width) for each in made.streams] == [("h264", 64)]
    with av.open(str(path), "w", format="mp4") as out:
        film, sound = out.add_stream("h264", rate=12), out.add_stream("ac3", rate=48000)
        film.width, film.height, film.pix_fmt = 64, 48, "yuv420p"
        out.mux([*film.encode(av.VideoFrame(64, 48, "yuv420p")), *film.encode()])
        silence = av.AudioFrame("fltp", "stereo", 1536)
        silence.rate = 48000
        out.mux([*sound.encode(silence), *sound.encode()])
    with pytest.raises(Refused, match="sound of the video is coded as ac3"):
        inspect.clean(path, tmp_path / "out")


@pytest.mark.parametrize("data", [make.png(), make.picture("JPEG"), make.wav()], ids=["png", "jpeg", "wav"])
def test_a_full_disk_is_no_damage(tmp_path, data):
    with pytest.raises(NoSpace, match="The disk is full"):
        inspect.clean(put(tmp_path, data), Path("/dev/full"))


def test_a_decoder_that_runs_wild_is_stopped(tmp_path, monkeypatch):
    """Its time and its memory end; this process goes on."""
    path = put(tmp_path, make.png((7000, 5000)))
    monkeypatch.setitem(inspect.LIMITS, "memory", 150 * inspect.MEGABYTE)
    with pytest.raises(Refused, match=r"too much memory|damaged"):
        make.judged(path)
    monkeypatch.undo()
    monkeypatch.setattr(inspect, "SECONDS", 0.01)
    with pytest.raises(Refused, match="too long"):
        make.judged(path)
    wild = tmp_path / "wild.py"
    wild.write_text("import os, signal; os.kill(os.getpid(), signal.SIGXCPU)")
    monkeypatch.undo()
    monkeypatch.setattr(inspect, "DECODER", wild)
    with pytest.raises(Refused, match="too much time or memory"):
        make.judged(path)


def test_a_decoder_sees_no_secret(tmp_path, monkeypatch):
    seen = tmp_path / "seen.py"
    seen.write_text("import json, os; print(json.dumps({'refused': ' '.join(sorted(os.environ))}))")
    monkeypatch.setattr(inspect, "DECODER", seen)
    with pytest.raises(Refused) as told:
        make.judged(put(tmp_path, make.png()))
    assert set(str(told.value).split()) <= {"LC_ALL", "LC_CTYPE", "OPENBLAS_NUM_THREADS"}


@pytest.mark.parametrize(
    "begin",
    [
        "decoder.main({'memory': 1 << 31, 'cpu': 9, 'written': 9, 'kind': 'music', 'reader': 'wav', 'path': '/no'})",
        "brush._limit(4096, 60)",
    ],
)
def test_what_reads_strangers_files_has_no_network(begin, settings):
    """Neither the decoder nor the painter, where the kernel allows it; start.py says when it does not."""
    run = partial(subprocess.run, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=60)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        reach = f"import socket; socket.create_connection(('127.0.0.1', {listener.getsockname()[1]}), 5)"
        assert run([sys.executable, "-c", reach]).returncode == 0
        ask = "import sys; from files.decoder import leave_network; sys.exit(not leave_network())"
        if run([sys.executable, "-c", ask]).returncode:
            pytest.skip("This kernel lets no process give up its network")
        cut_off = run([sys.executable, "-c", f"from files import decoder; from studio import brush; {begin}; {reach}"])
    assert "unreachable" in cut_off.stderr and cut_off.returncode == 1
