"""What each page of ours was asked for, and in one row all addresses that nothing answers to."""

from dataclasses import dataclass

from sitestats import figures
from sitestats.asking import Asked
from sitestats.copying import array
from sitestats.dictionaries import OTHERS
from sitestats.figures import Figures
from sitestats.models import Path

NOWHERE = "(addresses that do not exist)"
FAILED = ("errors", "not_found", "server_errors", "size", "microseconds")  # what these have


@dataclass(frozen=True)
class Url:
    path: str
    figures: Figures
    p95: int | None  # microseconds
    before: Figures


def ours_by_number() -> dict[int, str]:
    """Our pages by their numbers, but for what stands for such addresses of days long gone."""
    return dict(Path.objects.filter(is_known=True).exclude(text=OTHERS).values_list("pk", "text"))


def only_of(pages: dict[int, str], asked: Asked) -> str:
    """For `where`: these pages. The index leads past all others by numbers; but for a part, where 0 stands for those.

    See DaySlice.path.
    """
    return "AND f.path > 0" if asked.source or asked.device else f"AND f.path = ANY('{array(pages)}')"


def by_address(asked: Asked, pages: dict[int, str]) -> dict[str, Figures]:
    """These of our pages, the busiest first; under NOWHERE, if it failed, what they leave of all."""
    whole, rows = figures.total(asked), figures.read(asked, "page", where=only_of(pages, asked))
    found = [(pages[each.by["page"]], each) for each in rows if each.by["page"] in pages]
    told = dict(sorted(found, key=lambda row: (-row[1].views, -row[1].errors, row[0])))
    left = {name: getattr(whole, name) - sum(getattr(each, name) for each in told.values()) for name in FAILED}
    return told | ({NOWHERE: Figures(**left)} if left["errors"] > 0 else {})
