"""Whether files and rows agree, and Sweep now with its progress."""

from files import sweeps
from jobs.models import Job
from jobs.registry import run_now

PANEL = "/admin/files/panels/orphans/"
POLL = {"HX-Request": "true", "HX-Trigger": "sweep-progress"}


def test_it_works(media, client_of, owner):
    client = client_of(owner)
    assert "Not compared yet" in client.get(PANEL).content.decode()
    assert client.post("/admin/files/sweeps/start/", headers={"HX-Request": "true"}).status_code == 204
    waiting = client.get(PANEL, headers=POLL)
    assert "Waiting for a worker" in waiting.content.decode() and "HX-Trigger" not in waiting.headers
    again = client.post("/admin/files/sweeps/repair/", headers={"HX-Request": "true"})
    assert "under way already" in again.headers["HX-Trigger"]
    run_now(Job.objects.get(kind=sweeps.KIND))
    done = client.get(PANEL, headers=POLL)
    assert "Files and rows agree" in done.content.decode() and done.headers["HX-Trigger"] == "files-changed"
    assert "every 2s" not in done.content.decode()


def test_who_may_only_read_cannot_sweep(media, client_of, supporter):
    client = client_of(supporter)
    assert client.get(PANEL).status_code == 200
    assert client.post("/admin/files/sweeps/start/").status_code == 403
