"""What is kept of how people came, and of what they looked at."""

from sitestats.models.deeds import Crawl, Deed, PublishedAddresses
from sitestats.models.members import Acquisition, DayFact, DayTopUps, DayTotal
from sitestats.models.sums import Day, DaySlice, Figures, HourSlice
from sitestats.models.views import Batch, Identity, PageView, Salt, Tally, Visit
from sitestats.models.words import Origin, Path, UserAgent

__all__ = [
    "Acquisition",
    "Batch",
    "Crawl",
    "Day",
    "DayFact",
    "DaySlice",
    "DayTopUps",
    "DayTotal",
    "Deed",
    "Figures",
    "HourSlice",
    "Identity",
    "Origin",
    "PageView",
    "Path",
    "PublishedAddresses",
    "Salt",
    "Tally",
    "UserAgent",
    "Visit",
]
