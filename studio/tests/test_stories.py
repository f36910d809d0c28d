"""The story clip of a cut: asked for, waited for, kept once, and gone with the cut."""

from artwork import ffmpeg
from files.models import StoredFile
from jobs import runner
from jobs.models import Job
from studio import cuts, sizes, stories
from studio.models import SizedPicture
from studio.tests.make import make_cut

HTMX = {"HX-Request": "true"}


def play(monkeypatch, work=lambda *_: None):
    """The encoder's part, played by `work(clip, poster)`."""

    def story(clip, poster, out):
        work(clip, poster)
        out.write_bytes(b"a clip")
        return out

    monkeypatch.setattr(stories.shapes, "story", story)


def test_it_is_made_once_when_asked_for_and_kept(client, db, monkeypatch):
    play(monkeypatch)
    cut = make_cut(shared=True)
    page, download = f"/c/{cut.slug}/", f"/c/{cut.slug}/as/story-clip/"
    assert "Make a story clip" in client.get(page).content.decode() and client.get(download).status_code == 404
    assert client.post(f"/stories/{cut.slug}/make/")["Location"] == f"{page}#story"
    assert "Making the story clip" in client.post(f"/stories/{cut.slug}/make/", headers=HTMX).content.decode()
    assert Job.objects.get().kind == stories.JOB, "two clicks, one job"
    assert client.get(f"/stories/{cut.slug}/?waiting=yes", headers=HTMX).status_code == 204
    before = StoredFile.objects.count()
    assert runner.run_due() == 1
    assert download in client.get(f"/stories/{cut.slug}/?waiting=yes", headers=HTMX).content.decode()
    answer = client.get(client.get(download)["Location"])
    assert (answer["Content-Type"], b"".join(answer)) == ("video/mp4", b"a clip")
    client.post(f"/stories/{cut.slug}/make/")
    Job.objects.update(state="new")  # as if the run had died after its last word
    assert runner.run_due() == 1 and Job.objects.count() == 1 and StoredFile.objects.count() == before + 1


def test_a_clip_that_fails_is_told_and_tried_three_times(client, db, monkeypatch):
    def fail(*_):
        raise ffmpeg.Failed("no")

    play(monkeypatch, fail)
    cut = make_cut(shared=True)
    for words in ("Try again", "Try again", "cannot be made of this cut"):
        client.post(f"/stories/{cut.slug}/make/")
        Job.objects.filter(state="new").update(attempts=1)
        assert runner.run_due() == 1
        assert words in client.get(f"/c/{cut.slug}/").content.decode()
    client.post(f"/stories/{cut.slug}/make/")
    assert Job.objects.count() == stories.TRIES and not SizedPicture.objects.exists()


def test_only_for_whoever_sees_the_cut_and_not_for_one_that_goes_meanwhile(client, client_of, member, monkeypatch):
    cut = make_cut(owner=member)
    assert client.post(f"/stories/{cut.slug}/make/").status_code == 404
    assert client_of(member).post(f"/stories/{cut.slug}/make/")["Location"] == f"/cuts/{cut.slug}/#story"
    play(monkeypatch, lambda *_: cuts.lose_files(cut, state="failed"))
    runner.run_due()
    assert not SizedPicture.objects.exists() and not sizes.kept(cut, stories.SIZE)
    assert not StoredFile.objects.filter(content_type="video/mp4").exists()
