"""A metric on a sheet of its own: the same chart as on its page, drawn for print."""

from pathlib import Path

import pytest

from protem import flow
from protem.board import render
from protem.board.blocks import Figure
from protem.board.metric_chart import metric_chart
from protem.board.metric_sheet import metric_sheet
from protem.measure import queries, services
from protem.measure.metric import METRICS
from protem.people.access import OPERATOR

pytestmark = pytest.mark.django_db
SAMPLES = Path(__file__).parent.parent / "samples"


@pytest.fixture
def measured() -> None:
    names = ("protem-findings/findings.csv", "protem-certifications/certifications.csv")
    flow.import_paths([SAMPLES / name for name in names], by=OPERATOR)


@pytest.mark.usefixtures("measured")
def test_the_sheet_shows_the_chart_of_the_page() -> None:
    at = queries.history("mttr-critical")[-1].as_of
    services.save_annotation(by=OPERATOR, text="Moved scanners", on=at.date(), at=at)
    (view,) = [one for one in queries.current() if one.metric == "mttr-critical"]
    page = metric_sheet("mttr-critical")
    (figure,) = [b for s in page.sections for b in s.blocks if isinstance(b, Figure)]
    assert figure.chart == metric_chart(view, 105)
    html = render.to_html(page).decode()
    assert "Moved scanners" in html
    assert view.reading.sentence in html
    assert ".chart-target, .spark-target { stroke" in html


@pytest.mark.usefixtures("measured")
def test_a_remark_on_what_came_later_is_not_in_a_replay() -> None:
    points = queries.history("certifications", weeks=200)
    early, late = points[len(points) // 2], points[-1]
    services.save_annotation(by=OPERATOR, text="Later", on=late.as_of.date(), at=late.as_of)
    (view,) = [one for one in queries.current(early.as_of) if one.metric == "certifications"]
    assert metric_chart(view, 105, is_replay=True).notes == []
    assert len(metric_chart(view, 105).notes) == 1


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("name", METRICS.names())
def test_every_metric_prints(name: str) -> None:
    assert render.to_pdf(metric_sheet(name)).startswith(b"%PDF")


def test_a_sheet_without_anything_measured_says_so() -> None:
    page = metric_sheet("edr-coverage")
    assert page.as_of is None
    assert "Nothing is measured yet" in render.to_html(page).decode()
