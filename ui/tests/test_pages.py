"""Search, robots, favicon, theme, banner, errors."""

from django.test import Client


def test_search_works(client_of, owner):
    page = client_of(owner).get("/admin/search/", {"q": "over"})
    assert page.status_code == 200
    assert "Search" in page.content.decode()


def test_it_denies_a_member(client_of, member):
    page = client_of(member).get("/admin/search/")
    assert page.status_code == 403
    for words in ("⛔", "Access Denied", "Admin privileges required.", "Back to App"):
        assert words in page.content.decode()


def test_an_htmx_request_is_denied_in_one_sentence(client_of, member):
    answer = client_of(member).get("/admin/search/", headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert answer.content.decode() == "Admin privileges required."
    assert answer["Content-Type"].startswith("text/plain")


def test_the_palette_gets_options_only(client_of, owner):
    answer = client_of(owner).get("/admin/search/", {"q": "own"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "<html" not in answer.content.decode()


def test_a_nul_byte_in_the_address_is_refused(client_of, owner):
    page = client_of(owner).get("/admin/search/", {"q": "\x00"})
    assert page.status_code == 400
    assert page.headers["X-Request-Id"] in page.content.decode()


def test_robots_keep_out_of_what_needs_a_sign_in(client):
    text = client.get("/robots.txt").content.decode()
    assert "Disallow: /admin/" in text
    assert "Disallow: /me/" in text


def test_favicon_leads_to_the_icon(client):
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert "icon" in answer["Location"]


def test_a_page_that_does_not_exist_says_so(client_of, owner):
    page = client_of(owner).get("/nowhere/")
    assert page.status_code == 404
    assert page.headers["X-Request-Id"] in page.content.decode()


def test_the_theme_goes_round_without_javascript(client):
    seen = []
    for _ in range(3):
        answer = client.post("/theme/")
        assert answer.status_code == 302
        seen.append(answer.cookies["theme"].value)
    assert seen == ["light", "dark", "auto"]


def test_the_theme_leads_back_to_this_site_only(client):
    assert client.post("/theme/", headers={"Referer": "https://elsewhere.example/x"})["Location"] == "/"
    assert client.post("/theme/", headers={"Referer": "http://testserver/nowhere/"})["Location"].endswith("/nowhere/")


def test_the_demo_banner_hides_for_the_session(client_of, owner, settings):
    settings.EMBEDDED = True
    client = client_of(owner)
    assert "Demo on this machine" in client.get("/admin/search/").content.decode()
    answer = client.post("/demo-banner/hide/")
    assert answer.cookies["demo_banner"]["max-age"] == ""
    assert "Demo on this machine" not in client.get("/admin/search/").content.decode()


def test_a_form_without_its_token_is_told_to_reload(owner):
    client = Client(enforce_csrf_checks=True)
    page = client.post("/theme/")
    assert page.status_code == 403
    assert "This form was not sent." in page.content.decode()
    answer = client.post("/theme/", headers={"HX-Request": "true"})
    assert answer.content.decode() == "The page stood open for too long. Reload it and try again."


def test_staff_without_the_permission_learn_which_role_they_have(client_of, marketer):
    page = client_of(marketer).get("/admin/jobs/")
    assert page.status_code == 403
    why = "Your role, Marketing manager, does not include this: See work in the background."
    assert "Admin privileges required." in page.content.decode() and why in page.content.decode()
    assert client_of(marketer).get("/admin/jobs/", headers={"HX-Request": "true"}).content.decode() == why


def test_error_pages_keep_the_theme(client_of, member):
    client = client_of(member)
    client.cookies["theme"] = "dark"
    assert 'data-theme="dark"' in client.get("/nowhere/").content.decode()
    client.cookies["theme"] = '"><script>'
    assert 'data-theme="auto"' in client.get("/nowhere/").content.decode()
