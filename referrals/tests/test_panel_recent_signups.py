"""Recent signups: the last fifty, each with how it came."""

import pytest

from accounts.tests.make import make_user
from referrals.tests.make import make_story, panel
from ui.format import grouped_code

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_it_works(client_of, marketer, django_assert_max_num_queries):
    client = client_of(marketer)
    assert "No sign-ups yet" in panel(client, "recent_signups")
    story = make_story()
    with django_assert_max_num_queries(8):
        text = panel(client, "recent_signups")
    for words in (
        grouped_code(story["code"].code),
        "google.com/search",
        "/c/harbour/",
        "Beyond the cap",
        "Not known",
        "Gus",
    ):
        assert words in text
    assert "@example" not in text and text.index("Gus") < text.index("Pia")
    file = panel(client, "recent_signups", "?format=csv").splitlines()
    assert len(file) == 6 and ",Gus,Search,Google,," in file[1] and "harbour" in "".join(file)
    for number in range(50):
        make_user(f"many{number}@example.net", password=None)
    assert panel(client, "recent_signups").count("<tr") == 51
