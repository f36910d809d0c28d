"""The table of the three slots, what it saves and refuses, and what it shows while one types."""

import pytest

from audit.models import AuditEvent
from ctas.models import Slot
from ctas.tests.make import PREVIEW, ROOM, SAVE, typed
from tunables import values

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
MOCKS = 7


def test_it_works(client_of, marketer):
    values.change("signup_grant_usd", "2.50", by=None)
    text = client_of(marketer).get(ROOM).content.decode()
    assert "🎯" in text and "(currently <strong>$2.50</strong>)" in text
    assert "Three slots wired into every public CTA placement." in text and "Save all<" in text
    assert "Seven placements, three slots, one place to edit them." in text
    assert text.count("<figure") == MOCKS and "Create your account with $2.50 of credit" in text


def test_who_may_only_read_sees_texts(client_of, supporter, accountant, member):
    text = client_of(supporter).get(ROOM).content.decode()
    assert "Create your account with {credit} of credit" in text and "<textarea" not in text and "Save all<" not in text
    assert client_of(accountant).post(SAVE, typed()).status_code == 403
    assert client_of(member).get(ROOM).status_code == 403


def test_all_is_saved_and_recorded(client_of, marketer):
    data = typed(primary_text="  Start   with {credit} ", conversion_enabled=None)
    answer = client_of(marketer).post(SAVE, data, headers=HTMX)
    assert answer.status_code == 204 and "Saved: " in answer["HX-Trigger"] and "ctas-changed" in answer["HX-Trigger"]
    slots = {slot.key: slot for slot in Slot.objects.all()}
    assert (slots["primary"].text, slots["primary"].version) == ("Start with {credit}", 2)
    assert (slots["conversion"].enabled, slots["signup_line"].version) == (False, 1)
    assert slots["primary"].versions.first().by == marketer
    changed = AuditEvent.objects.filter(verb="slot.changed", actor=marketer)
    assert {event.target for event in changed} == {"slot:primary", "slot:conversion"}
    again = client_of(marketer).post(SAVE, typed(), headers=HTMX)
    assert "Nothing was changed" in again["HX-Trigger"] and changed.count() == 2


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("Get {credits} and {name}, {credits}", "{credits}, {name} are no tokens here. Only {credit} is replaced."),
        ("{Credit} for you", "{Credit} is no token here"),
        ("{} for you", "{} is no token here"),
        ("", "Fill this in."),
        ("x" * 141, "at most 140 characters"),
        ("Rever\u202ese", "without invisible characters"),
    ],
)
def test_what_is_refused_names_why_and_saves_nothing(client_of, marketer, text, sentence):
    data = typed(primary_text=text, conversion_text="Fine")
    for headers in (HTMX, {}):
        answer = client_of(marketer).post(SAVE, data, headers=headers)
        page = answer.content.decode()
        assert answer.status_code == 422 and sentence in page and "Fine" in page
    assert not Slot.objects.exclude(version=1).exists() and not AuditEvent.objects.filter(verb="slot.changed").exists()
    assert sentence in client_of(marketer).post(PREVIEW, data, headers=HTMX).content.decode()


def test_two_editors_do_not_overwrite_each_other(client_of, marketer, owner):
    mine, hers = typed(primary_text="Mine {credit}"), typed(primary_text="Hers", signup_line_text="Hers as well")
    assert client_of(owner).post(SAVE, hers, headers=HTMX).status_code == 204
    answer = client_of(marketer).post(SAVE, mine, headers=HTMX)
    page = answer.content.decode()
    assert answer.status_code == 409 and "it is now “Hers” (on)" in page and "Mine {credit}" in page
    attempt = AuditEvent.objects.get(verb="slot.conflicted")
    assert (attempt.before["text"], attempt.after["text"]) == ("Hers", "Mine {credit}")
    mine["primary-version"] = 2  # as the form that came back says
    assert 'name="primary-version" value="2"' in page and 'name="signup_line-version" value="1"' in page
    assert client_of(marketer).post(SAVE, mine, headers=HTMX).status_code == 204
    texts = dict(Slot.objects.values_list("key", "text"))
    assert (texts["primary"], texts["signup_line"]) == ("Mine {credit}", "Hers as well")


def test_the_preview_shows_all_seven_and_saves_nothing(client_of, marketer):
    data = typed(primary_text="<b>Try</b> {credit}", conversion_enabled=None)
    page = client_of(marketer).post(PREVIEW, data, headers=HTMX).content.decode()
    assert page.count("<figure") == MOCKS
    assert page.count("&lt;b&gt;Try&lt;/b&gt; $1.00") == 4  # three placements, and the column of the table
    assert page.count("mock-nothing") == 2 and page.count('hx-swap-oob="true"') == 3
    assert not Slot.objects.exclude(version=1).exists()
