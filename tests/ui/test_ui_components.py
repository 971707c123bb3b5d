"""Tags render with what they need, no more, and escape what they show."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory

from protem.ui.charts import Chart, Note, Point, SignalHistory, Window
from protem.ui.tables import Column, body, headings, shown

AS_OF = date(2026, 11, 22)
NASTY = "<script>alert(1)</script>"


def render(text: str, request: HttpRequest | None = None, **shown: object) -> str:
    context = Context(shown if request is None else {**shown, "request": request})
    return Template("{% load protem_ui %}" + text).render(context)


@pytest.mark.parametrize(
    "text",
    [
        "{% metric_card name=x value=x note=x target_text=x freshness_text=x %}",
        "{% signal_row name=x state='on' value=x threshold=x href='/' %}",
        "{% action_row text=x meta=x late=x href='/' action=x %}",
        "{% card title=x aside=x href='/' link_text=x %}{{ x }}{% endcard %}",
        "{% page_header title=x eyebrow=x lede=x %}{{ x }}{% endpage_header %}",
        "{% notice title=x %}{{ x }}{% endnotice %}",
        "{% disclosure summary=x %}{{ x }}{% enddisclosure %}",
        "{% definition term=x %}{{ x }}{% enddefinition %}",
        "{% table_region label=x %}{{ x }}{% endtable_region %}",
        "{% empty_state title=x text=x action_text=x action_url='/' %}",
        "{% freshness is_fresh=False text=x %}",
        "{% progress text=x %}",
        "{% drop_zone action='/' text=x hint=x button=x %}{{ x }}{% enddrop_zone %}",
        "{% key_values pairs %}",
        "{% link_row links label=x %}",
        "{% sparkline values label=x %}",
    ],
)
def test_components_escape_what_they_are_told(text: str) -> None:
    shown: dict[str, Any] = {
        "x": NASTY,
        "pairs": [(NASTY, NASTY)],
        "links": [{"label": NASTY, "url": NASTY}],
        "values": [1.0],
    }
    made = render(text, **shown)
    assert "<script>" not in made
    assert "&lt;script&gt;" in made
    assert "style=" not in made


def test_components_need_only_what_is_required() -> None:
    for text in (
        "{% metric_card name='a' value='b' %}",
        "{% signal_row name='a' state='unknown' %}",
        "{% action_row text='a' %}",
        "{% card %}a{% endcard %}",
        "{% page_header title='a' %}{% endpage_header %}",
        "{% notice %}a{% endnotice %}",
        "{% empty_state title='a' %}",
        "{% drop_zone action='/' %}{% enddrop_zone %}",
    ):
        assert render(text).strip()


def test_a_metric_card_shows_verdict_line_and_staleness() -> None:
    made = render(
        "{% metric_card name='EDR' value='94 %' verdict='degrading' history=h target=98"
        " is_fresh=False href='/edr' %}",
        h=[98.0, 94.0],
    )
    assert "▼" in made
    assert "<svg" in made
    assert "◐" in made
    assert "stale source" in made
    assert 'href="/edr"' in made


def test_dots_are_counted_in_words() -> None:
    made = render("{% signal_dots states %}", states=["on", "on", "off", "unknown"])
    assert "2 of 4 on, 1 unknown" in made


@dataclass
class Group:
    name: str
    days: float | None
    url: str = "/web"


COLUMNS = [
    Column(key="name", label="Group", is_sortable=True, link="url"),
    Column(key="days", label="Median", is_numeric=True, is_sortable=True, hint="half of them"),
]


def test_a_table_shows_objects_and_mappings() -> None:
    rows = [Group("Web <1>", 8.25), {"name": "Build", "days": None, "url": ""}]
    made = render("{% data_table caption='By group' columns=c rows=r %}", c=COLUMNS, r=rows)
    assert '<a href="/web">Web &lt;1&gt;</a>' in made
    assert '<td class="numeric">8.2</td>' in made
    assert 'title="not known"' in made
    assert 'role="region" aria-labelledby="table-by-group" tabindex="0"' in made


def test_sorting_keeps_filters_and_turns_around() -> None:
    request = RequestFactory().get("/", {"owner": "priya", "page": "3", "sort": "days"})
    made = render(
        "{% data_table caption='x' columns=c rows=r sort='days' %}",
        request=request,
        c=COLUMNS,
        r=[Group("Web", 1)],
    )
    assert 'href="?owner=priya&amp;sort=-days"' in made
    assert 'aria-sort="ascending"' in made


def test_an_empty_table_says_what_belongs_there() -> None:
    made = render(
        "{% data_table caption='x' columns=c rows=r empty='No rows.' %}", c=COLUMNS, r=[]
    )
    assert "No rows." in made
    assert "<table" not in made


def test_a_missing_item_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        body([{"name": "x", "url": ""}], COLUMNS)


def test_cells_speak_plainly() -> None:
    assert shown(value=True) == "yes"
    assert "22 Nov 2026" in shown(AS_OF)
    assert shown(("a",)) == "('a',)"


def test_columns_that_do_not_sort_have_no_link() -> None:
    request = RequestFactory().get("/")
    (heading,) = headings([Column(key="a", label="A")], sort="a", query=request.GET)
    assert heading.url == ""


def test_progress_polls_until_done() -> None:
    running = render("{% progress text='3 of 9' value=3 maximum=9 poll_url='/job' %}")
    assert 'hx-get="/job" hx-trigger="every 1s"' in running
    assert "hx-get" not in render("{% progress text='done' value=9 maximum=9 %}")


def test_pages_keep_filters() -> None:
    request = RequestFactory().get("/", {"owner": "priya", "page": "2"})
    listed = Paginator(range(90), 30).page(2)
    made = render("{% pagination p %}", request=request, p=listed)
    assert 'href="?owner=priya&amp;page=3"' in made
    assert "31–60 of 90" in made  # noqa: RUF001 - a span of numbers
    assert not render("{% pagination p %}", p=Paginator([1], 30).page(1)).strip()


class Company(forms.Form):
    name = forms.CharField(help_text="As on certificates")
    kind = forms.ChoiceField(choices=[("1", "Type I")], widget=forms.RadioSelect)
    weekly = forms.BooleanField(required=False)
    token = forms.CharField(widget=forms.HiddenInput, required=False)


def test_forms_tie_errors_and_help_to_their_fields() -> None:
    form = Company({})
    form.add_error(None, "Not like this.")
    made = render_to_string("protem/ui/form_fields.html", {"form": form})
    assert 'aria-describedby="id_name_helptext id_name_error"' in made
    assert 'id="id_name_helptext"' in made
    assert 'id="id_name_error"' in made
    assert "Not like this." in made
    assert "<legend>Kind" in made
    assert '<label for="id_weekly">' in made


def test_a_line_chart_comes_with_key_notes_and_numbers() -> None:
    points = [
        Point(on=AS_OF, value=11, low=9, high=13, target=25, verdict="steady"),
        Point(on=date(2026, 9, 1), value=None),
    ]
    chart = Chart(
        series=points,
        unit="days",
        label="Cadence",
        target=30,
        windows=[Window(start=date(2026, 9, 1), end=AS_OF)],
        ticks=[AS_OF],
        notes=[Note(on=AS_OF, text=NASTY)],
    )
    made = render("{% line_chart chart %}", chart=chart)
    assert '<td class="numeric">25</td><td>steady</td>' in made
    assert made.count('role="img"') == 2
    assert "11\xa0days" in made
    assert "<script>" not in made
    assert "<style" not in made


def test_a_signal_strip_has_its_key() -> None:
    made = render(
        "{% signal_strip s w label='Signals' %}",
        s=[SignalHistory(name="Hours", states=["off", "on"])],
        w=[date(2026, 11, 15), AS_OF],
    )
    assert "unknown" in made
    assert made.index("<td>on</td>") < made.index("<td>off</td>")
