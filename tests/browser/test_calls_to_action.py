"""Staff change a call to action: all seven places say it on their next load, to visitors; what is off shows nowhere."""

import uuid
from importlib import import_module

import pytest
from django.conf import settings
from playwright.sync_api import expect

from ctas.placements import PLACEMENTS
from files.tests.conftest import media  # noqa: F401 (a fixture)
from studio import visitors
from studio.tests.make import make_cut

WORDS = {
    "signup_line": "Come in, the kettle is on",
    "primary": "Begin with our money",
    "conversion": "Keep what you made",
}
OPENERS = {"my_cuts_sheet": "my-cuts", "avatar_menu": "visitor-menu"}  # the popover that has to be opened first


@pytest.fixture
def visitor(open_page, site, media):  # noqa: F811
    """The page of somebody who made a cut here and shares it; its `addresses` are where the placements are."""
    who = uuid.uuid4()
    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[visitors.KEY] = str(who)
    session.save()
    cut = make_cut(visitor=who, shared=True, on_wall=True)
    page = open_page("/")
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": site}])
    making = dict.fromkeys(("avatar_menu", "my_cuts_sheet", "desktop_wall"), "/make/")
    page.addresses = making | {
        "login_divider": "/account/login/",
        "home_hero": "/",
        "conversion_screen": cut.get_absolute_url(),
        "share_banner": cut.share_path,
    }
    return page


def look(page, words: dict) -> None:
    """Every placement, as its page loads now, says what its slot says; without words it is not there."""
    assert page.addresses.keys() == PLACEMENTS.keys()
    for key, address in page.addresses.items():
        page.goto(address)
        if key in OPENERS:
            page.locator(f"button[popovertarget={OPENERS[key]}]").first.click()
        link = page.locator(f'a[href^="/go/{key}/"]')
        if said := words.get(PLACEMENTS[key].slot):
            expect(link).to_be_visible()
            expect(link.locator("..")).to_contain_text(said)
        else:
            expect(link).to_have_count(0)


def save(staff, version: int) -> None:
    """Save all; the table comes again with what is stored."""
    staff.get_by_role("button", name="Save all").click()
    expect(staff.locator("[name=primary-version]")).to_have_value(str(version))


def test_it_works(open_page, visitor, owner):
    staff = open_page("/admin/ctas/", as_user=owner)
    for slot, text in WORDS.items():
        staff.get_by_label(f"{slot.replace('_', ' ').capitalize()}: text").fill(text)
        expect(staff.locator("#cta-mocks").get_by_text(text).first).to_be_visible()
    save(staff, 2)
    look(visitor, WORDS)

    visitor.set_viewport_size({"width": 1199, "height": 900})
    visitor.goto("/make/")
    expect(visitor.locator('a[href^="/go/desktop_wall/"]')).to_be_hidden()
    visitor.set_viewport_size({"width": 1200, "height": 900})
    expect(visitor.locator('a[href^="/go/desktop_wall/"]')).to_be_visible()

    staff.get_by_label("Primary: enabled").uncheck()
    expect(staff.locator("#cta-mocks .mock.off")).to_have_count(3)
    save(staff, 3)
    look(visitor, WORDS | {"primary": ""})


def test_it_counts_when_it_is_seen(visitor):
    """Once a page, and not in a menu that stays closed."""
    asked = []
    visitor.on("request", lambda request: asked.append(request.url) if request.url.endswith("/seen/") else None)
    with visitor.expect_response("**/go/desktop_wall/seen/") as answer:
        visitor.goto("/make/")
    assert answer.value.status == 204
    menu = visitor.locator("button[popovertarget=visitor-menu]")
    with visitor.expect_request("**/go/avatar_menu/seen/"):
        menu.click()
    visitor.keyboard.press("Escape")
    menu.click()
    expect(visitor.locator("#visitor-menu .cta-line")).to_be_visible()
    assert [url.split("/go/")[1] for url in asked] == ["desktop_wall/seen/", "avatar_menu/seen/"]
