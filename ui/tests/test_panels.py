"""Panels: frames, fragments, pages of their own, and how actions answer."""

import json

import pytest

pytestmark = pytest.mark.usefixtures("gallery", "confirmed_lately")
HTMX = {"HX-Request": "true"}
PEOPLE = "/admin/gallery/panels/people/"


def test_it_works(client_of, owner):
    page = client_of(owner).get("/admin/gallery/").content.decode()
    assert 'id="panel-gallery-trend"' in page
    assert 'hx-get="/admin/gallery/panels/trend/"' in page
    assert 'hx-trigger="load, gallery-changed from:body"' in page
    assert "Loading…" in page
    assert '<a href="/admin/gallery/panels/trend/">Open “Monthly trend”</a>' in page


def test_the_first_panel_is_written_into_the_page(client_of, owner):
    page = client_of(owner).get("/admin/gallery/").content.decode()
    assert "Revenue</h3>" in page
    assert 'hx-get="/admin/gallery/panels/figures/" hx-trigger="gallery-changed from:body"' in page


def test_a_denied_panel_leaves_no_frame(client_of, owner, marketer):
    assert "Denied" not in client_of(owner).get("/admin/gallery/").content.decode()
    assert 'id="panel-gallery-job"' not in client_of(marketer).get("/admin/gallery/").content.decode()


def test_an_inline_panel_that_fails_is_left_to_load_by_itself(client_of, owner, monkeypatch):
    from tests.browser.gallery import views

    monkeypatch.setattr(views.panels, "render", lambda *args: 1 / 0)
    page = client_of(owner).get("/admin/gallery/")
    assert page.status_code == 200
    assert 'hx-trigger="load, gallery-changed from:body"' in page.content.decode()


def test_a_panel_opened_directly_is_a_page(client_of, owner):
    client = client_of(owner)
    assert "<html" in client.get(PEOPLE).content.decode()
    fragment = client.get(PEOPLE, headers=HTMX)
    assert "<html" not in fragment.content.decode()
    assert "HX-Request" in fragment.headers["Vary"]


def test_a_page_hands_each_panel_its_own_part_of_the_query(client_of, owner):
    page = client_of(owner).get("/admin/gallery/?people.q=ada&other.q=x&period=7d&z=1").content.decode()
    assert 'hx-get="/admin/gallery/panels/people/?q=ada&amp;period=7d"' in page
    assert 'hx-get="/admin/gallery/panels/trend/?period=7d"' in page


def test_a_page_frames_no_file_and_no_total(client_of, owner):
    page = client_of(owner).get("/admin/gallery/?people.format=csv&people.count=1").content.decode()
    assert 'hx-get="/admin/gallery/panels/people/"' in page


def address(client, path, page="/admin/gallery/"):
    headers = {**HTMX, "HX-Target": "panel-gallery-people", "HX-Current-URL": f"http://testserver{page}"}
    return client.get(path, headers=headers).headers


def test_the_address_follows_the_panel(client_of, owner):
    client = client_of(owner)
    asked = address(client, f"{PEOPLE}?role=staff&period=7d", "/admin/gallery/?period=7d&other.q=x")
    assert asked["HX-Push-Url"] == "/admin/gallery/?period=7d&other.q=x&people.role=staff"
    typed = address(client, f"{PEOPLE}?q=ada")
    assert typed["HX-Replace-Url"] == "/admin/gallery/?people.q=ada"
    for words in ("", "ada"):  # a form sends its search field always
        chosen = address(client, f"{PEOPLE}?q={words}&role=staff", f"/admin/gallery/?people.q={words}")
        assert "people.role=staff" in chosen["HX-Push-Url"]
    cleared = address(client, PEOPLE, "/admin/gallery/?people.q=ada")
    assert cleared["HX-Push-Url"] == "/admin/gallery/"
    alone = address(client, f"{PEOPLE}?role=staff", PEOPLE)
    assert alone["HX-Push-Url"] == f"{PEOPLE}?role=staff"


def test_a_filter_of_one_room_is_another_rooms_own(client_of, owner):
    pushed = address(client_of(owner), f"{PEOPLE}?source=search&makers=staff&period=7d", "/admin/gallery/?period=7d")
    assert pushed["HX-Push-Url"] == "/admin/gallery/?period=7d&people.source=search&people.makers=staff"
    page = client_of(owner).get("/admin/gallery/?source=search&people.source=ads").content.decode()
    assert 'hx-get="/admin/gallery/panels/people/?source=ads"' in page
    stats = client_of(owner).get("/admin/site-stats/?source=search&trends.source=ads").content.decode()
    assert 'hx-get="/admin/sitestats/panels/devices/?source=search"' in stats


def test_loading_and_refreshing_leave_the_address_alone(client_of, owner):
    for page, path in (("/admin/gallery/", PEOPLE), ("/admin/gallery/?people.q=ada", f"{PEOPLE}?q=ada")):
        headers = address(client_of(owner), path, page)
        assert "HX-Push-Url" not in headers
        assert "HX-Replace-Url" not in headers


def test_another_sites_address_is_never_pushed(client_of, owner):
    headers = {**HTMX, "HX-Target": "panel-gallery-people", "HX-Current-URL": "https://evil.example/"}
    assert "HX-Push-Url" not in client_of(owner).get(f"{PEOPLE}?role=staff", headers=headers).headers


def test_a_list_tells_its_total_and_becomes_a_file(client_of, owner):
    client = client_of(owner)
    assert client.get(f"{PEOPLE}?count=1", headers=HTMX).content.decode() == "1 row"
    file = client.get(f"{PEOPLE}?format=csv&q=owner")
    assert file["Content-Disposition"] == 'attachment; filename="people_owner.csv"'


def test_a_finished_job_stops_the_polling(client_of, owner):
    client = client_of(owner)
    job = "/admin/gallery/panels/job/"
    assert 'hx-trigger="every 2s"' in client.get(job, headers=HTMX).content.decode()
    client.get(job, headers=HTMX)
    answer = client.get(job, headers=HTMX)
    assert answer.status_code == 286
    assert "every 2s" not in answer.content.decode()


def test_an_action_answers_htmx_with_events(client_of, owner):
    answer = client_of(owner).post("/admin/gallery/remove/", headers=HTMX)
    assert answer.status_code == 204
    assert json.loads(answer["HX-Trigger"]) == {
        "toast": {"text": "Bram de Vries suspended.", "undo": "/admin/gallery/switch/"}
    }


def test_an_action_sends_a_plain_browser_back_with_a_message(client_of, owner):
    page = client_of(owner).post("/admin/gallery/remove/", follow=True).content.decode()
    assert "Bram de Vries suspended." in page
    assert '<form method="post" action="/admin/gallery/switch/"><input' in page


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_refused_form_comes_back_with_what_was_typed(client_of, owner, headers, gallery):
    answer = client_of(owner).post("/admin/gallery/grant/", {"amount": "NaN", "reason": "<b>"}, headers=headers)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert ("<html" in page) == (not headers)
    assert "Enter an amount in dollars, such as 12.50." in page
    assert 'value="NaN"' in page
    assert "<b>" not in page
    assert gallery["grants"] == []


def test_a_broken_panel_says_nothing_of_the_inside(client_of, owner, gallery):
    gallery["broken"] = 0
    client = client_of(owner)
    client.raise_request_exception = False
    answer = client.get("/admin/gallery/panels/broken/", headers=HTMX)
    assert answer.status_code == 500
    assert answer.content.decode().startswith("Something went wrong on our side. Request ")
    page = client.get("/admin/gallery/panels/broken/").content.decode()
    assert "RuntimeError" not in page
    assert "Something went wrong on our side." in page


def test_a_database_that_does_not_answer_is_503(client_of, owner, monkeypatch):
    from django.db import OperationalError

    from tests.browser.gallery import views

    def fail(*args):
        raise OperationalError("the server closed the connection")

    client = client_of(owner)
    client.raise_request_exception = False
    monkeypatch.setattr(views.panels, "render", fail)
    answer = client.get(PEOPLE)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "5"
    assert "closed the connection" not in answer.content.decode()


def test_a_statement_that_is_stopped_says_that_it_took_too_long(client_of, owner, monkeypatch):
    from django.db import connection, transaction

    from tests.browser.gallery import views

    def sleep(*args):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '5ms'")
            cursor.execute("SELECT pg_sleep(5)")

    client = client_of(owner)
    client.raise_request_exception = False
    monkeypatch.setattr(views.panels, "render", sleep)
    answer = client.get(PEOPLE, headers=HTMX)
    assert answer.status_code == 503
    assert answer.content.decode().startswith("This took too long and was stopped. Try again")
    assert "not available" not in client.get(PEOPLE).content.decode()
