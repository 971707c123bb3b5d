"""Charts stay well-formed, finite and escaped whatever they are given."""

from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml.etree import XMLParser, _Element, fromstring

from protem.ui.charts import (
    Chart,
    Note,
    NoteKind,
    Point,
    SignalHistory,
    SignalState,
    Window,
    signal_strip,
    sparkline,
)
from protem.ui.charts import line_chart as draw
from protem.ui.charts.scales import (
    date_tick_text,
    date_ticks,
    figure_text,
    tick_text,
    value_ticks,
)

AS_OF = date(2026, 11, 22)
SVG = "{http://www.w3.org/2000/svg}"
NASTY = "<b>&\"'\x00\ud800</b>"

values = st.none() | st.floats() | st.integers(-100, 100).map(float)
texts = st.text(max_size=20)
days = st.dates()
verdicts = st.sampled_from(["", "improving", "steady", "degrading", "not comparable", "?"])
points = st.builds(
    Point, on=days, value=values, low=values, high=values, target=values, verdict=verdicts
)
windows = st.builds(Window, start=days, end=days, label=texts)
kinds = st.sampled_from(NoteKind)
notes = st.builds(Note, on=days, text=texts, label=texts, kind=kinds)


def weeks(count: int) -> list[date]:
    return [AS_OF - timedelta(weeks=count - 1 - at) for at in range(count)]


def weekly(*figures: float | None) -> list[Point]:
    return [Point(on=on, value=x) for on, x in zip(weeks(len(figures)), figures, strict=True)]


def line_chart(
    series: list[Point], *, compact: bool = False, print_palette: bool = False, **more: Any
) -> str:
    chart = Chart(series=series, **more)
    return draw(chart, compact=compact, print_palette=print_palette)


def assert_sound(drawing: str) -> _Element:
    root = fromstring(drawing, XMLParser(resolve_entities=False))
    assert root.get("role") == "img"
    assert root.get("aria-label") is not None
    for node in root.iter():
        assert "style" not in node.attrib
        for name, value in node.attrib.items():
            if name not in {"aria-label", "class"}:
                assert "nan" not in value.lower()
                assert "inf" not in value.lower()
    return root


def words(root: _Element) -> list[str | None]:
    return [node.text for node in root.iter(f"{SVG}text")]


@given(st.lists(values, max_size=30), values, texts)
def test_a_sparkline_is_sound_for_any_values(
    figures: list[float | None], target: float | None, label: str
) -> None:
    assert_sound(sparkline(figures, target=target, label=label))


charts = st.fixed_dictionaries(
    {
        "series": st.lists(points, max_size=20),
        "unit": st.sampled_from(["days", "%", ""]) | texts,
        "target": values,
        "windows": st.lists(windows, max_size=3),
        "ticks": st.lists(days, max_size=3),
        "notes": st.lists(notes, max_size=3),
        "compact": st.booleans(),
    }
)


@given(charts)
def test_a_line_chart_is_sound_for_anything(chart: dict[str, Any]) -> None:
    assert_sound(line_chart(**chart, label="Cadence"))


@given(
    st.lists(st.lists(st.sampled_from(SignalState) | texts, max_size=9), max_size=5),
    st.integers(0, 8),
    st.booleans(),
)
def test_a_strip_is_sound_for_any_states(
    states: list[list[str]], count: int, compact: bool
) -> None:
    signals = [SignalHistory(name=NASTY, states=row) for row in states]
    assert_sound(signal_strip(signals, weeks(count), label="Signals", compact=compact))


@pytest.mark.parametrize("compact", [False, True])
def test_text_is_escaped(compact: bool) -> None:
    drawing = line_chart(
        weekly(3.0, 4.0),
        unit=NASTY,
        label=NASTY,
        windows=[Window(start=AS_OF - timedelta(7), end=AS_OF, label=NASTY)],
        notes=[Note(on=AS_OF, text=NASTY)],
        compact=compact,
    )
    assert "<b>" not in drawing
    assert_sound(drawing)


def test_gaps_break_the_line() -> None:
    root = assert_sound(sparkline([1.0, 2.0, None, 4.0, 5.0], label="x"))
    assert len(root.findall(f"{SVG}path")) == 2


def test_the_summary_tells_the_figures() -> None:
    root = assert_sound(
        line_chart(weekly(31.0, None, 11.25), unit="days", label="Cadence", target=30)
    )
    assert root.get("aria-label") == (
        "Cadence, since 8 Nov 2026: 11.2 days on 22 Nov 2026, lowest 11.2, highest 31, "
        "target 30. 1 of 3 values are missing."
    )


def test_nothing_known_says_so() -> None:
    assert words(assert_sound(line_chart([], unit="days", label="x"))) == ["Not enough data"]
    assert "not enough data" in sparkline([None], label="x")
    assert "not enough data" in signal_strip([], [], label="x")


def test_the_last_value_and_the_target_are_labelled_apart() -> None:
    root = assert_sound(line_chart(weekly(29.0, 30.0), unit="days", label="x", target=30))
    heights = {
        node.text: float(node.attrib["y"])
        for node in root.iter(f"{SVG}text")
        if node.get("class") in {"chart-value", "chart-target-label"}
    }
    assert heights.keys() == {"30 days", "target 30"}
    assert abs(heights["30 days"] - heights["target 30"]) >= 13


def test_every_point_can_be_read_by_pointing() -> None:
    point = Point(on=AS_OF, value=11, low=9, high=13)
    drawing = line_chart([*weekly(12.0, 14.0)[:1], point], unit="days", label="x")
    assert "<title>22 Nov 2026: 11 days (9 to 13)</title>" in drawing


def test_the_palette_is_embedded_only_for_print() -> None:
    series, signals = weekly(1.0, 2.0), [SignalHistory(name="Hours", states=["on"])]
    for palette in (True, False):
        for drawing in (
            sparkline([1.0], label="x", print_palette=palette),
            line_chart(series, unit="d", label="x", print_palette=palette),
            signal_strip(signals, weeks(1), label="x", print_palette=palette),
        ):
            assert ("<style>" in drawing) is palette
            assert_sound(drawing)


def test_order_of_points_does_not_matter() -> None:
    series = weekly(1.0, 5.0, 3.0)
    forward = line_chart(series, unit="d", label="x")
    assert forward == line_chart(series[::-1], unit="d", label="x")


def test_a_target_that_changed_is_a_step() -> None:
    series = [
        Point(on=on, value=11.0, target=target)
        for on, target in zip(weeks(4), (30.0, 30.0, 20.0, 20.0), strict=True)
    ]
    root = assert_sound(line_chart(series, unit="days", label="x", target=20.0))
    (step,) = [n for n in root.iter(f"{SVG}path") if n.get("class") == "chart-target"]
    heights = {spot.split()[1] for spot in str(step.attrib["d"])[1:].split(" L")}
    assert len(heights) == 2
    level = [Point(on=on, value=11.0, target=20.0) for on in weeks(4)]
    flat = assert_sound(line_chart(level, unit="days", label="x", target=20.0))
    assert [n.tag for n in flat.iter() if n.get("class") == "chart-target"] == [f"{SVG}line"]


def test_each_run_of_one_verdict_is_told_with_its_days() -> None:
    given = ["steady"] * 6 + ["improving"] * 6
    series = [
        Point(on=on, value=11.0, verdict=verdict)
        for on, verdict in zip(weeks(12), given, strict=True)
    ]
    drawing = line_chart(series, unit="days", label="x")
    assert "<title>steady: 6 Sep 2026 to 11 Oct 2026</title>" in drawing
    assert "<title>improving: 18 Oct 2026 to 22 Nov 2026</title>" in drawing
    assert {"▲", "●"} <= set(words(assert_sound(drawing)))
    assert "verdict improving" in drawing


def test_pins_are_numbered_by_day_shaped_by_kind_and_labelled_where_there_is_room() -> None:
    series = [Point(on=on, value=11.0) for on in weeks(52)]
    pinned = [
        Note(on=series[40].on, text="Deadlines changed", kind=NoteKind.DEFINITION),
        Note(on=series[5].on, text="Moved scanners"),
        Note(on=date(2001, 1, 1), text="Long ago"),
    ]
    root = assert_sound(line_chart(series, unit="days", label="x", notes=pinned))
    found = words(root)
    assert {"2", "3", "Moved scanners"} <= set(found)
    assert "Long ago" not in found
    (square,) = [n for n in root.iter(f"{SVG}rect") if "definition" in n.get("class", "")]
    (circle,) = [n for n in root.iter(f"{SVG}circle") if n.get("class") == "chart-note"]
    assert float(circle.attrib["cx"]) < float(square.attrib["x"])


def test_a_strip_fills_missing_weeks_with_unknown() -> None:
    drawing = signal_strip([SignalHistory(name="Hours", states=["on"])], weeks(3), label="x")
    assert "Hours on, on in 1 of 3 weeks" in drawing
    assert "unknown, weeks ending 8 Nov 2026 to 15 Nov 2026" in drawing


def test_percentages_stop_at_a_hundred() -> None:
    assert value_ticks([93.0, 99.5], count=4, ceiling=100)[-1] == 100
    assert value_ticks([100.0], count=4, ceiling=100)[-1] == 100
    assert value_ticks([93.0, 104.0], count=4, ceiling=100)[-1] > 100


@given(st.lists(st.floats(-1e15, 1e15), min_size=1, max_size=9), st.integers(1, 8))
def test_value_ticks_enclose_the_values_and_rise(figures: list[float], count: int) -> None:
    ticks = value_ticks(figures, count=count, ceiling=None)
    room = max(abs(figure) for figure in figures) * 1e-8 + 1e-8
    assert 2 <= len(ticks) <= 2 * count + 4
    assert ticks[0] <= min(figures) + room
    assert ticks[-1] >= max(figures) - room
    assert ticks == sorted(set(ticks))


@given(days, days, st.floats(120, 900))
def test_date_labels_never_touch(one: date, other: date, width: float) -> None:
    first, last = sorted([one, other])
    ticks = date_ticks(first, last, width=width, label_width=60)
    assert all(first <= tick <= last for tick in ticks)
    span = max(1, (last - first).days)
    places = [(tick - first).days / span * width for tick in ticks]
    # Months differ in length, hence a little less than the full label's width.
    assert all(b - a > 45 for a, b in pairwise(places))


def test_texts_of_ticks() -> None:
    assert tick_text(1200.0, 200.0) == "1,200"
    assert tick_text(0.25, 0.05) == "0.25"
    assert tick_text(-0.0, 1.0) == "0"
    assert figure_text(0.123456) == "0.123"
    assert date_tick_text(date(2026, 1, 1), is_first=False, days=300) == "Jan 2026"
    assert date_tick_text(date(2026, 4, 1), is_first=False, days=300) == "Apr"
    assert date_tick_text(date(2026, 4, 9), is_first=False, days=30) == "9 Apr"
