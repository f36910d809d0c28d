import pytest

from jobs.models import State
from jobs.tests.make import make_job

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = "/admin/jobs/panels/jobs/"
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, supporter):
    dead = make_job("accounts.send_mail", state=State.DEAD, attempts=5, error="SMTPException: <script>no</script>")
    make_job("audit.verify", state=State.RUNNING, progress_done=3, progress_total=9, progress_note="rows")
    page = client_of(supporter).get("/admin/jobs/").content.decode()
    for words in ("Jobs", "accounts.send_mail", f"#{dead.pk}", "SMTPException: &lt;script&gt;", "3 of 9 rows"):
        assert words in page
    assert "Retry" not in page, "support staff may look only"


def test_it_shows_nothing_yet(client_of, owner):
    assert "No background work yet" in client_of(owner).get(PANEL, headers=HTMX).content.decode()


def test_it_filters_by_state_and_kind_with_counts(client_of, owner):
    make_job("audit.verify", state=State.DEAD)
    make_job("accounts.send_mail")
    client = client_of(owner)
    page = client.get(PANEL, {"state": "dead"}, headers=HTMX).content.decode()
    assert "<code>audit.verify</code>" in page
    assert "<code>accounts.send_mail</code>" not in page
    assert 'Dead <span class="n">1</span>' in page
    page = client.get(PANEL, {"state": "dead", "kind": "accounts.send_mail"}, headers=HTMX).content.decode()
    assert "No such jobs" in page


def test_it_pages_by_key(client_of, owner):
    for _ in range(60):
        make_job()
    client = client_of(owner)
    first = client.get(PANEL, headers=HTMX)
    assert first.content.decode().count('<tr role="row" id="job-') == 50
    assert 'rel="next"' in first.content.decode()


def test_csv_is_safe_for_spreadsheets(client_of, owner):
    make_job(state=State.DEAD, error="=1+1")
    answer = client_of(owner).get(PANEL, {"format": "csv", "state": "dead"})
    lines = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert lines[0] == "Id,Kind,State,Attempts,Created,Run at,Finished,Error"
    assert "'=1+1" in lines[1]


def test_it_requires_jobs_read(client_of, marketer):
    assert client_of(marketer).get(PANEL).status_code == 403


def test_opened_directly_it_is_a_page_that_does_not_reload_at_every_click(client_of, owner):
    page = client_of(owner).get(PANEL).content.decode()
    assert 'hx-trigger="jobs-changed from:body"' in page
