"""Charts as server-written SVG. Geometry stretches, text does not; widths go into attributes (CSP: no style)."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ui import format

WIDTH, HEIGHT = 1000, 300
PREVIOUS = "previous"  # how a line of what was before looks
Number = int | Decimal | None


@dataclass(frozen=True)
class Series:
    """One line. `look` is "1" to "4" or "previous" (dashed: a hue alone does not tell two lines apart)."""

    name: str
    values: Sequence[Number]
    look: str = "1"
    filled: bool = False


@dataclass(frozen=True)
class Chart:
    """Lines over days or months. `show` formats a value for the table, the axis and the tooltip.

    `running`: the last time that has a value still runs; those after it are to come. `tabled`: the page shows the same
    as a table already.
    """

    id: str
    title: str
    labels: Sequence[str]
    series: Sequence[Series]
    show: Callable = format.money
    axis: Callable | None = None
    label_head: str = "Day"
    updated: object = None
    running: bool = False
    tabled: bool = False


@dataclass(frozen=True)
class Bar:
    """One row of stacked bars: parts are (share of the widest row from 0 to 1, look)."""

    name: str
    value: str
    parts: Sequence[tuple[float, str]]
    note: str = ""


def draw(chart: Chart) -> dict:
    """The geometry of a chart: axis ticks, a path per series, labels below, rows of the table."""
    last = _last_told(chart) if chart.running else None
    names = [f"{label}, running" if i == last else label for i, label in enumerate(chart.labels)]
    values = [v for series in chart.series for v in series.values if v is not None]
    whole = all(isinstance(v, int) for v in values)
    low, high, ticks = _scale(float(min(values, default=0)), float(max(values, default=0)), whole=whole)

    def height(value) -> float:
        return HEIGHT - (float(value) - low) / (high - low) * HEIGHT

    show_tick = chart.axis or _whole_units(chart.show)
    return {
        "ticks": [{"y": f"{height(t):.0f}", "label": show_tick(t)} for t in reversed(ticks)],
        "zero": f"{height(0):.0f}" if low < 0 < high else "",
        "series": [_draw_series(series, height, low, last) for series in chart.series],
        "running": last is not None,
        "labels": _labels(chart.labels),
        "rows": [(name, [chart.show(series.values[i]) for series in chart.series]) for i, name in enumerate(names)],
    }


def draw_bar(bar: Bar) -> dict:
    """The rectangles of one bar, with a gap of surface where two fills touch."""
    x, fills, gaps = 0.0, [], []
    for share, look in bar.parts:
        width = max(0.0, min(1.0 - x, float(share)))
        if fills and width:
            gaps.append(f"{x * 100:.2f}")
        fills.append({"x": f"{x * 100:.2f}", "width": f"{width * 100:.2f}", "look": look})
        x += width
    return {"bar": bar, "fills": fills, "gaps": gaps}


def spark(values: Sequence[Number], tone=1) -> str:
    """A small line for a key figure; nothing for fewer than two values."""
    points = [float(v) for v in values if v is not None]
    if len(points) < 2:
        return ""
    low, high = min(points), max(points)
    step, span = 100 / (len(points) - 1), (high - low) or 1
    flat = 14 if high == low else 0
    path = "L".join(f"{i * step:.1f} {28 - (v - low) / span * 24 - flat:.1f}" for i, v in enumerate(points))
    return (
        f'<svg class="spark c{int(tone)}" viewBox="0 0 100 32" preserveAspectRatio="none" aria-hidden="true" '
        f'focusable="false"><path class="line" d="M{path}"/></svg>'
    )


def _scale(low: float, high: float, steps: int = 4, *, whole: bool = False) -> tuple[float, float, list[float]]:
    """A range that holds the values and zero, cut at round numbers; at whole ones if there is nothing between them."""
    low, high = min(low, 0.0), max(high, 0.0)
    if high == low:
        return 0.0, 1.0, [0.0, 1.0]
    raw = (high - low) / steps
    magnitude = 10 ** math.floor(math.log10(raw))
    round_steps = [s * magnitude for s in (1, 2, 2.5, 5, 10)]
    step = next(s for s in round_steps if s >= raw * 0.999999 and (not whole or float(s).is_integer()))
    first, last = math.floor(low / step), math.ceil(high / step)
    return first * step, last * step, [step * i for i in range(first, last + 1)]


def _last_told(chart: Chart) -> int | None:
    """Where the values end; what was before goes on beside what is to come."""
    lines = [line.values for line in chart.series if line.look != PREVIOUS]
    return max((i for values in lines for i, value in enumerate(values) if value is not None), default=None)


def _draw_series(series: Series, height: Callable, low: float, running: int | None = None) -> dict:
    """`running`: which value is of a time that still runs; what was before ran long ago."""
    count = len(series.values)
    step = WIDTH / max(count - 1, 1)
    runs: list[list[tuple[float, float]]] = [[]]
    for i, value in enumerate(series.values):
        if value is None:
            runs.append([])
        else:
            runs[-1].append((i * step, height(value)))
    runs = [run if len(run) > 1 or count > 1 else [*run, (WIDTH, run[0][1])] for run in runs if run]
    floor = f"{height(max(low, 0.0)):.0f}"
    runs_on = running is not None and series.look != PREVIOUS and count > 1 and series.values[running] is not None
    until = (len(runs[-1]) - 1 or None) if runs_on else None
    parts = [*runs[:-1], runs[-1][:until]] if runs else []
    return {
        "name": series.name,
        "look": series.look,
        "line": "".join(_path(part) for part in parts if part),
        "tail": _path(runs[-1][-2:]) if until else "",
        "area": "".join(f"{_path(run)}V{floor}H{run[0][0]:.0f}Z" for run in runs) if series.filled else "",
    }


def _path(run: list[tuple[float, float]]) -> str:
    points = run if len(run) > 1 else [*run, (run[0][0] + 1, run[0][1])]
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)


def _labels(labels: Sequence[str]) -> list[dict]:
    """About six labels along the x axis: the last one always, and none that would touch it."""
    last = len(labels) - 1
    if last < 1:
        return [{"text": label, "x": "0", "anchor": "start"} for label in labels]
    every = max(1, math.ceil(len(labels) / 6))
    kept = [*(i for i in range(0, last, every) if last - i >= every * 0.6), last]
    return [
        {
            "text": labels[i],
            "x": f"{i / last * 100:.2f}",
            "anchor": "start" if i == 0 else "end" if i == last else "middle",
        }
        for i in kept
    ]


def _whole_units(show: Callable) -> Callable:
    """Axis labels without cents where the step is a whole number."""

    def label(value: float) -> str:
        exact = Decimal(str(round(value, 6)))
        text = show(int(exact)) if exact == exact.to_integral_value() else show(exact)
        return text.removesuffix(".00")

    return label
