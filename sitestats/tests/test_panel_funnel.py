"""The funnel's steps, of the same rows as the cards; the ledger beside the last one."""

from decimal import Decimal

import pytest

from sitestats import queries
from sitestats.tests.make import asked, make_paying, make_traffic

pytestmark = pytest.mark.usefixtures("confirmed_lately")


def test_steps_stand_beside_the_ledger(client_of, owner, member):
    make_traffic()
    make_paying(member)
    found = queries.funnel(asked=asked())
    assert [step.number for step in found.steps] == [3, 3, 0, 0, 0]
    assert (found.ledger.members, found.ledger.paid, found.ledger.unseen) == (1, Decimal(5), 1)
    assert queries.funnel(asked=asked(source="ai")).ledger is None
    page = client_of(owner).get("/admin/sitestats/panels/funnel/").content.decode()
    assert "Had a cut rendered" in page and "$5.00" in page and "1 were not" in page
