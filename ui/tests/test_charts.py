"""Charts: geometry from any figures."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.template import Context, Template
from hypothesis import given
from hypothesis import strategies as st

from ui import charts, format

pytestmark = pytest.mark.django_db
figures = st.one_of(st.none(), st.decimals(-(10**9), 10**9, places=6, allow_nan=False), st.integers(-(10**9), 10**9))


def make_chart(values, **options):
    labels = [f"{i + 1} Nov" for i in range(len(values))]
    return charts.Chart("c", "Revenue", labels, [charts.Series("Revenue", values, filled=True)], **options)


def test_it_works():
    html = Template("{% chart chart %}").render(Context({"chart": make_chart([Decimal("1.5"), Decimal(3), 2])}))
    assert '<th scope="row">2 Nov</th><td class="num">$3.00</td>' in html
    assert "$3</span>" in html
    assert "style=" not in html


@given(st.lists(figures, max_size=40))
def test_any_figures_give_finite_geometry(values):
    drawing = charts.draw(make_chart(values))
    assert "nan" not in str(drawing).lower().replace("none", "")
    assert "inf" not in str(drawing)
    assert len(drawing["rows"]) == len(values)
    assert charts.spark([v for v in values if v is not None]).count("NaN") == 0


@given(st.lists(st.decimals(-(10**6), 10**6, places=2, allow_nan=False), min_size=1, max_size=30))
def test_every_point_lies_inside_the_plot(values):
    low, high, ticks = charts._scale(float(min(values)), float(max(values)))
    assert low <= float(min(values)) + 1e-6
    assert high >= float(max(values)) - 1e-6
    assert low <= 0 <= high
    assert 2 <= len(ticks) <= 8


@pytest.mark.parametrize(("most", "ticks"), [(1, "10"), (2, "210"), (7, "86420"), (9, None), (10, None), (90, None)])
def test_of_counts_every_tick_is_whole(most, ticks):
    told = [tick["label"] for tick in charts.draw(make_chart([0, most], show=format.count))["ticks"]]
    assert all(label.isdecimal() for label in told) and ticks in (None, "".join(told))
    assert any("." in tick["label"] for tick in charts.draw(make_chart([Decimal(0), Decimal(1)]))["ticks"])


def test_gaps_stay_gaps():
    drawing = charts.draw(make_chart([1, 2, None, 4, 5]))
    assert drawing["series"][0]["line"].count("M") == 2


def test_what_still_runs_is_told_apart():
    chart = make_chart([Decimal(1), Decimal(2), Decimal(3)], running=True)
    drawing = charts.draw(chart)
    (line,) = drawing["series"]
    assert line["line"].count("L") == 1 and line["tail"].startswith(line["line"].rpartition("L")[2], 1)
    assert drawing["rows"][-1][0] == "3 Nov, running" and drawing["labels"][-1]["text"] == "3 Nov"
    html = Template("{% chart chart %}").render(Context({"chart": chart}))
    assert "Still running" in html and "line tail" in html
    assert not charts.draw(make_chart([1, 2]))["series"][0]["tail"]


def test_what_is_to_come_does_not_run_and_what_was_before_ran_long_ago():
    before = charts.Series("Before", [4, 5, 6, 7], "previous")
    chart = make_chart([1, 2, 3, None], running=True)
    drawing = charts.draw(replace(chart, series=[*chart.series, before]))
    line, old = drawing["series"]
    assert line["line"].count("L") == 1 and line["tail"] and not old["tail"] and old["line"].count("L") == 3
    assert [name for name, _ in drawing["rows"]] == ["1 Nov", "2 Nov", "3 Nov, running", "4 Nov"]
    assert not charts.draw(make_chart([None, None], running=True))["running"]


def test_losses_go_below_the_zero_line():
    assert charts.draw(make_chart([-5, 5]))["zero"] == "150"


def test_bars_leave_a_gap_between_touching_fills():
    bar = charts.draw_bar(charts.Bar("x", "$1", [(0.5, "2"), (0.7, "1")]))
    assert bar["gaps"] == ["50.00"]
    assert bar["fills"][1]["width"] == "50.00"
