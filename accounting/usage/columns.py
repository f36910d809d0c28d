"""What the list of users may show: the time that somebody's cuts saved, summed for the people of a page alone.

It is asked of the cuts, by their owner, and kept nowhere: so it is exact, and a list without it costs nothing more.
"""

from accounting.usage import cards, savings
from accounts import columns
from accounts.permissions import Perm


def _cell(person) -> str:
    return cards.hours(person.saved_now)


SHOWN = columns.Shown("saved", "Time saved", _cell, num=True, default=False, perm=Perm.USAGE_READ)
columns.add(columns.Added(SHOWN, "Time saved (min)", savings.of_accounts))
