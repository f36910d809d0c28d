"""Conservation: served is counted, excluded and dropped; what is missing is said."""

import pytest

from sitestats import queries
from sitestats.models import Tally
from sitestats.tests.make import asked, make_traffic

pytestmark = pytest.mark.usefixtures("confirmed_lately")
PANEL = "/admin/sitestats/panels/conservation/"


def test_it_adds_up_or_says_so(client_of, owner):
    make_traffic()
    found = queries.conservation(asked=asked())
    assert (found.served, found.counted, found.missing) == (7, 6, 0)
    assert "Adds up" in client_of(owner).get(PANEL).content.decode()
    Tally.objects.filter(what="excluded: prefetch").update(number=0)
    page = client_of(owner).get(PANEL).content.decode()
    assert "1 unaccounted" in page and "Does not add up" in page
