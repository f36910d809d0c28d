"""What each page of ours was asked for, and in one row all addresses that nothing answers to."""

from sitestats import figures
from sitestats.asking import Asked
from sitestats.dictionaries import OTHERS
from sitestats.figures import Figures

NOWHERE = "(addresses that do not exist)"
FAILED = ("errors", "not_found", "server_errors", "size", "microseconds")  # what these have


def by_address(asked: Asked) -> dict[str, Figures]:
    """The pages, the busiest first; under NOWHERE, if it failed, what they leave of all."""
    whole = figures.total(asked)
    order = "views DESC, errors DESC, path"
    pages = {each.by["path"]: each for each in figures.read(asked, "path", order=order, where=figures.ours(asked))}
    pages.pop(OTHERS, None)  # such addresses of days long gone
    left = {name: getattr(whole, name) - sum(getattr(each, name) for each in pages.values()) for name in FAILED}
    return pages | ({NOWHERE: Figures(**left)} if left["errors"] > 0 else {})
