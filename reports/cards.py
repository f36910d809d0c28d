"""How the figures of the reports are laid out: key figures, rows of months, cohorts, money."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from operator import itemgetter

from django.urls import reverse

from reports.asking import Months
from reports.cohorts import Cohort
from reports.definitions import DEFINITIONS, Definition
from reports.money import Part, asked_of
from reports.mrr import MOVES as KINDS
from reports.mrr import Month, Span
from ui import format
from ui.charts import Chart, Series

ZERO = Decimal("0.00")
MOVES = [(kind, DEFINITIONS[kind].label) for kind in KINDS]
RATES = ("customer_churn", "revenue_churn", "nrr", "grr")
ALL_RATES = (*RATES, "net_churn", "upgrade_rate")
COLUMNS = [
    ("label", "Figure"),
    ("now", "Value"),
    ("before", "Before"),
    ("definition.says", "Definition"),
    ("definition.source", "Source"),
]
# group -> figures; how each is shown and which members or payments it opens
GROUPS = {
    "Recurring revenue": ("mrr", "committed", "arr", "arpu", "ltv"),
    "What stays and what goes": ("nrr", "grr", "revenue_churn", "net_churn", "customer_churn"),
    "Growth": ("paying", "first_paid", "upgrade_rate"),
    "Payments": ("received", "refund", "dispute", "net"),
}
OPENS = {
    **dict.fromkeys(("mrr", "arr", "arpu", "paying"), "paying"),
    "committed": "committed",
    "nrr": "kept",
    **dict.fromkeys(("grr", "revenue_churn"), "lost"),
    "net_churn": "paid_before",
    "customer_churn": "churn",
    "ltv": "churn",
    "first_paid": "joined",
    "upgrade_rate": "upgraded",
}


@dataclass(frozen=True)
class Card:
    """One key figure beside that of the period before, with its definition and the way to what it is made of."""

    key: str
    definition: Definition
    now: Decimal | int | None
    before: Decimal | int | None
    url: str
    note: str = ""

    @property
    def label(self) -> str:
        return self.definition.label

    @property
    def is_rate(self) -> bool:
        return self.key in ALL_RATES

    @property
    def change(self) -> str:
        """Against the period before: of a rate by how many points."""
        if not self.is_rate:
            return format.change(self.now, self.before)
        return f"{(self.now - self.before) * 100:+.1f} points".replace("-", format.MINUS)

    @property
    def shown(self) -> str:
        """With its unit: members, a percentage, or US dollars."""
        if self.key in ("paying", "first_paid"):
            return format.count(self.now)
        return format.percent(self.now) if self.is_rate else format.money(self.now)


def of(found, period) -> list[Card]:
    """Every key figure of a headline."""
    return [_card(key, found, period) for keys in GROUPS.values() for key in keys]


def groups(cards: list[Card]) -> list[tuple[str, list[Card]]]:
    """The same by what they are about."""
    by_key = {card.key: card for card in cards}
    return [(title, [by_key[key] for key in keys]) for title, keys in GROUPS.items()]


def _card(key: str, found, period) -> Card:
    definition = DEFINITIONS[key]
    if key in GROUPS["Payments"]:
        url = f"{reverse('reports:money_days')}?{asked_of(period)}{'' if key == 'net' else f'&what={key}'}"
        sign = -1 if key in ("refund", "dispute") else 1
        before = found.money_before and sign * found.money_before[key]
        return Card(key, definition, sign * found.money[key], before, url)
    url = members_url(found.asked, OPENS[key])
    now, before = getattr(found.now, key), found.before and getattr(found.before, key)
    return Card(key, definition, now, before, url, _note(key, found.now))


def _note(key: str, now: Span) -> str:
    if key == "ltv":
        return "Nobody left" if not now.customer_churn else f"At a margin of {format.percent(now.margin)}"
    return ""


def members_url(asked: Months, who: str, first=None) -> str:
    """The members behind a figure of months."""
    more = f"&first={first:%Y-%m}" if first else ""
    return f"{_members()}?who={who}&{asked.query}{more}"


@cache
def _members() -> str:
    """The address of the page, which a table of cohorts names some hundred times."""
    return reverse("reports:members")


def rate(month: Month, name: str):
    """A rate of one month."""
    return getattr(Span([month]), name)


class MonthRow:
    """A line of the table of months: each amount with the way to its members."""

    def __init__(self, month: Month):
        self.month, self._asked = month, Months(month.month, month.month)
        self.moves = [(label, month.moved.get(kind, ZERO), self.url(kind)) for kind, label in MOVES]
        self.rates = [(DEFINITIONS[name].label, rate(month, name)) for name in RATES]
        self.paying_url, self.restated_url = self.url("paying"), self.url("restated")

    def url(self, who: str) -> str:
        """The members behind a figure of it."""
        return members_url(self._asked, who)


class CohortRow:
    """A line of the table of cohorts: each share with how strong its ground is, and the way to the members."""

    def __init__(self, cohort: Cohort, shown: str):
        self.cohort, self.url = cohort, members_url(Months(cohort.first, cohort.first), "joined", cohort.first)
        self.size = format.count(cohort.members) if shown == "members" else format.money(cohort.mrr)
        self.cells = [self._cell(cell, shown) for cell in cohort.cells]

    def _cell(self, cell, shown: str) -> dict:
        share, amount = (cell.of_members, cell.members) if shown == "members" else (cell.of_mrr, cell.mrr)
        amount = format.count(amount) if shown == "members" else format.money(amount)
        return {
            "share": format.percent(share, 0),
            "strength": 0 if share is None else min(10, max(0, round(share * 10))),
            "title": f"{amount} in {cell.month:%B %Y}",
            "url": members_url(Months(cell.month, cell.month), "paying", self.cohort.first),
        }


def retention(found: list[Cohort], shown: str) -> list[Decimal | None]:
    """Of all cohorts that are old enough for a month together: what is left of them after it."""
    longest = max((len(one.cells) for one in found), default=0)
    return [_left([one for one in found if len(one.cells) > age], age, shown) for age in range(longest)]


def _left(found: list[Cohort], age: int, shown: str) -> Decimal | None:
    field = "members" if shown == "members" else "mrr"
    whole = sum(getattr(one, field) for one in found)
    return Decimal(sum(getattr(one.cells[age], field) for one in found)) / whole if whole else None


def cohort_table(found: list[Cohort], shown: str) -> tuple[list[list], list]:
    """The table of cohorts as rows and columns of a file: the shares with their last line, then what they are of."""
    what, share = ("Members", "of_members") if shown == "members" else ("MRR", "of_mrr")
    average = retention(found, shown)
    ages = [f"after {age} month{'' if age == 1 else 's'}" if age else "at its end" for age in range(len(average))]
    heads = ["First paid", what, *(f"Share {age}" for age in ages), *(f"{what} {age}" for age in ages)]
    rows = [
        [f"{one.first:%Y-%m}", getattr(one, shown), *_aged(one, share, ages), *_aged(one, shown, ages)] for one in found
    ]
    together = [["All of that age", None, *average, *(None for _ in ages)]] if found else []
    return rows + together, [(head, head, itemgetter(at)) for at, head in enumerate(heads)]


def _aged(cohort: Cohort, name: str, ages: list) -> list:
    cells = [getattr(cell, name) for cell in cohort.cells]
    return cells + [None] * (len(ages) - len(cells))


def together(found: list[Part], period) -> Part | None:
    """The last line of a table of money."""
    if not found:
        return None
    sums = {name: sum(getattr(one, name) for one in found) for name in ("number", "received", "refund", "dispute")}
    before = None if found[0].before is None else sum(one.before for one in found)
    return Part("", "Together", found[0].first, found[-1].last, before=before, asked=asked_of(period), **sums)


def money_chart(found: list[Part]) -> Chart:
    """Received and net by date."""
    series = [
        Series("Received", [one.received for one in found], filled=True),
        Series("Net of refunds and disputes", [one.net for one in found], look="2"),
    ]
    labels = [f"{one.first:%b %Y}" if len(one.key) == 7 else f"{one.first.day} {one.first:%b}" for one in found]
    return Chart(id="payments-by-date", title="Payments by date", labels=labels, series=series, label_head="Date")
