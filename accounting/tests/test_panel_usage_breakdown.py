"""What cuts are made of, by one of their parts."""

import pytest

from studio.tests.make import make_cut

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = "/admin/accounting/panels/usage_breakdown/"
HTMX = {"HX-Request": "true"}


def test_it_works(client_of, marketer):
    client = client_of(marketer)
    assert "Nothing to count" in client.get(PANEL, headers=HTMX).content.decode()
    for language in ("en", "en", "de"):
        make_cut(language=language)
    text = client.get(f"{PANEL}?part=language", headers=HTMX).content.decode()
    assert "66.7%" in text and "value=de" in text and text.index(">en<") < text.index(">de<")
    assert "Not told" in client.get(PANEL, headers=HTMX).content.decode()  # no category
    make_cut(made_with=["poem", "image"], shared=True)
    text = client.get(f"{PANEL}?part=feature", headers=HTMX).content.decode()
    assert text.count("25.0%") == 3 and "A poem written by a model" in text and "value=link" in text
    file = b"".join(client.get(f"{PANEL}?part=language&format=csv").streaming_content).decode()
    assert "en,3," in file
