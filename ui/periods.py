"""The period of a page: one control, held by the URL, read once into a range of whole days in the business zone."""

import calendar
import datetime as dt
from dataclasses import dataclass

from django import forms

from ui import clock, lists
from ui.clock import today

DEFAULT = "30d"
PRESETS = {"7d": "7 d", "30d": "30 d", "90d": "90 d", "12m": "12 m"}
MONTHS = {"month": "Month", "12m": "12 m", "all": "All time"}  # for a page that opens on the running month
LONGEST = 3660
EARLIEST = dt.date(2000, 1, 1)


@dataclass(frozen=True)
class Period:
    """Whole days from `first` to `last`. `start` and `end` are moments in UTC: start <= moment < end."""

    key: str
    first: dt.date
    last: dt.date
    label: str
    previous: "Period | None" = None
    error: str = ""

    @property
    def start(self) -> dt.datetime:
        return clock.midnight(self.first)

    @property
    def end(self) -> dt.datetime:
        return clock.midnight(self.last + dt.timedelta(days=1))

    @property
    def words(self) -> str:
        """In a sentence: `the last 30 days`, but `October 2026`."""
        return f"the {self.label}" if self.label[0].islower() and self.key != "all" else self.label

    @property
    def within(self) -> str:
        """When something was: `in the last 30 days`, but `on 27 Nov 2026`."""
        return f"{'on' if self.days == 1 else 'in'} {self.words}"

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    @property
    def to_come(self) -> int:
        """Days that its previous period has and it has not yet: today, which is not over, and what follows."""
        gone = (today() - self.first).days
        return max(0, self.previous.days - gone) if self.previous and self.last >= today() else 0


class PeriodForm(forms.Form):
    """`?period=7d|30d|90d|12m`, or `?period=custom&from=2026-11-01&to=2026-11-21`."""

    period = forms.ChoiceField(required=False)

    def __init__(self, *args, presets=PRESETS, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["period"].choices = [*presets.items(), ("custom", "custom")]
        for name in ("from", "to"):
            self.fields[name] = forms.DateField(input_formats=["%Y-%m-%d"], required=False)

    def clean(self):
        values = super().clean()
        if values.get("period") != "custom" or self.errors:
            return values
        first, last = values.get("from"), values.get("to")
        if not first or not last:
            raise forms.ValidationError("Give the first and the last day.")
        if first > last:
            raise forms.ValidationError("The first day comes after the last.")
        if first < EARLIEST or last > today() + dt.timedelta(days=366) or (last - first).days >= LONGEST:
            raise forms.ValidationError("That range is too long, or out of reach.")
        return values

    @classmethod
    def of(cls, request, presets=PRESETS, default=DEFAULT) -> Period:
        """The period that a request asks for; the default when it asks for none or for nonsense."""
        form = cls(request.GET, presets=presets)
        if not form.is_valid():
            sentences = [sentence for errors in form.errors.values() for sentence in errors]
            return _preset(default, error=" ".join(sentences))
        values = form.cleaned_data
        if values["period"] == "custom":
            return _custom(values["from"], values["to"])
        return _preset(values["period"] or default)


def parse_day(text: str) -> dt.date | None:
    """The day of a link, `2026-11-24`; None for anything else."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None


def control(request, period: Period, presets=PRESETS) -> dict:
    """What `ui/period.html` shows: preset links, the range form, and steps of one period back and forward."""
    endless = period.key == "all"
    before, following = (_beside(period.key, period.first, period.last, step) for step in (-1, 1))
    return {
        "period": period,
        "presets": [
            (text, _url(request, period=key, **{"from": None, "to": None}), key == period.key)
            for key, text in presets.items()
        ],
        "back_url": "" if endless else _range_url(request, before),
        "on_url": "" if endless or following[0] > today() else _range_url(request, following),
        "kept": lists.kept(request, "period", "from", "to"),
    }


def _preset(key: str, error: str = "") -> Period:
    last = today()
    if key == "month":
        return _with_previous(key, *_month_of(last), f"{last:%B %Y}", error)
    if key == "all":
        return Period(key, EARLIEST, last, "all time", error=error)
    if key == "12m":
        month = last.year * 12 + last.month - 12
        first = dt.date(month // 12, month % 12 + 1, 1)
        # The twelve months before, up to the same day of the month.
        year = last.year - 1
        before_last = dt.date(year, last.month, min(last.day, calendar.monthrange(year, last.month)[1]))
        before = Period("custom", first.replace(year=first.year - 1), before_last, "previous 12 months")
        return Period(key, first, last, "last 12 months", before, error)
    days = int(key.removesuffix("d"))
    return _with_previous(key, last - dt.timedelta(days=days - 1), last, f"last {days} days", error)


def _custom(first: dt.date, last: dt.date) -> Period:
    return _with_previous("custom", first, last, _range_words(first, last))


def _with_previous(key: str, first: dt.date, last: dt.date, label: str, error: str = "") -> Period:
    days, before, gone = (last - first).days + 1, _beside(key, first, last, -1), (today() - first).days + 1
    words = "previous day" if days == 1 else f"previous {days} days"
    if _is_month(key, first, last):
        words = "month before"
        if 0 < gone < min(days, before[1].day):  # of a month that runs: as many days as are gone of it
            before = before[0], before[0].replace(day=gone)
            words = f"first {'day' if gone == 1 else f'{gone} days'} of {before[0]:%B}"
    return Period(key, first, last, label, Period("custom", *before, words), error)


def _range_words(first: dt.date, last: dt.date) -> str:
    if (first, last) == _month_of(first):
        return f"{first:%B %Y}"
    end = f"{last.day} {last:%b %Y}"
    if first == last:
        return end
    start = f"{first.day} {first:%b %Y}"
    return f"{start.removesuffix(f' {last.year}') if first.year == last.year else start} – {end}"


def _beside(key: str, first: dt.date, last: dt.date, step: int) -> tuple[dt.date, dt.date]:
    """As many days before or after; beside a whole month stands a whole month."""
    if _is_month(key, first, last):
        return _month_of(first - dt.timedelta(days=1) if step < 0 else last + dt.timedelta(days=1))
    gap = dt.timedelta(days=(last - first).days + 1) * step
    return first + gap, last + gap


def _is_month(key: str, first: dt.date, last: dt.date) -> bool:
    return key in ("month", "custom") and (first, last) == _month_of(first)


def _month_of(day: dt.date) -> tuple[dt.date, dt.date]:
    return day.replace(day=1), day.replace(day=calendar.monthrange(day.year, day.month)[1])


def _range_url(request, days: tuple[dt.date, dt.date]) -> str:
    return _url(request, period="custom", **{"from": days[0].isoformat(), "to": days[1].isoformat()})


def _url(request, **changes) -> str:
    query = lists.query(request, **changes)
    return f"{request.path}?{query}" if query else request.path
