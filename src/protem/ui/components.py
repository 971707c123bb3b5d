"""The parts of a page that are more than a class name; each has a template of its name."""

from collections.abc import Mapping, Sequence

from django.core.paginator import Page
from django.forms import BoundField
from django.http import QueryDict
from django.template import Context
from django.utils.safestring import SafeString
from django.utils.text import slugify

from protem.ui import tables, wording
from protem.ui.charts import sparkline

Shown = dict[str, object]


def metric_card(  # noqa: PLR0913 - what a card shows, most of it optional
    *,
    name: str,
    value: str,
    verdict: str = "",
    href: str = "",
    history: Sequence[float | None] = (),
    target: float | None = None,
    target_text: str = "",
    is_fresh: bool = True,
    freshness_text: str = "",
    note: str = "",
) -> Shown:
    """One metric at a glance: value, verdict, where it has been, its target."""
    line = sparkline(history, target=target, label=name) if history else ""
    return {
        "name": name,
        "value": value,
        "badge": wording.verdict_badge(verdict) if verdict else "",
        "href": href,
        "line": SafeString(line),
        "target_text": target_text,
        "is_fresh": is_fresh,
        "freshness_text": freshness_text,
        "note": note,
    }


def signal_row(
    *, name: str, state: str, value: str = "", threshold: str = "", href: str = ""
) -> Shown:
    """One handoff signal: ``state`` is on, off or unknown."""
    shape, kind = wording.shape_of(state)
    return {
        "name": name,
        "state": state,
        "shape": shape,
        "kind": kind,
        "value": value,
        "threshold": threshold,
        "href": href,
    }


def signal_dots(states: Sequence[str]) -> Shown:
    """The states as a row of dots, such as ●●●○○, with their count in words."""
    on = sum(str(state) == "on" for state in states)
    unknown = sum(str(state) == "unknown" for state in states)
    words = f"{on} of {len(states)} on" + (f", {unknown} unknown" if unknown else "")
    return {"dots": [wording.shape_of(state) for state in states], "words": words}


def action_row(
    *, text: str, href: str = "", action: str = "Review", meta: str = "", late: str = ""
) -> Shown:
    """A line that asks for something, with the link that does it; ``late`` says by how much."""
    return {"text": text, "href": href, "action": action, "meta": meta, "late": late}


def empty_state(
    *, title: str, text: str = "", action_text: str = "", action_url: str = ""
) -> Shown:
    """What belongs here, and the one thing to do about it."""
    return {
        "title": title,
        "text": text,
        "action_text": action_text,
        "action_url": action_url,
    }


def key_values(pairs: Sequence[tuple[str, object]]) -> Shown:
    """Labels with their values."""
    return {"pairs": [(label, tables.shown(value)) for label, value in pairs]}


def link_row(links: Sequence[Mapping[str, object]], *, label: str) -> Shown:
    """Links that look like tabs: mappings of label, url, current and perhaps count."""
    return {
        "links": [{"current": False, "count": None, **link} for link in links],
        "label": label,
    }


def freshness(*, is_fresh: bool, text: str) -> Shown:
    """How old a number's sources are; ◐ marks one that depends on a stale source."""
    return {"is_fresh": is_fresh, "text": text}


def field(bound: BoundField) -> Shown:
    """One form field with its label, help and errors."""
    kind = bound.field.widget.__class__.__name__
    sometimes_needed = getattr(bound.form, "SOMETIMES_NEEDED", ())
    return {
        "field": bound,
        "is_choice": kind == "CheckboxInput",
        "is_optional": not bound.field.required and bound.name not in sometimes_needed,
        "group": bound.use_fieldset,
    }


def data_table(  # noqa: PLR0913 - a table has this many parts, most of them optional
    context: Context,
    *,
    caption: str,
    columns: Sequence[tables.Column],
    rows: Sequence[object],
    sort: str = "",
    download_url: str = "",
    xlsx_url: str = "",
    empty: str = "Nothing here yet.",
    keys: bool = True,
) -> Shown:
    """A table of ``rows``, mappings or objects, whose first column names the row.

    ``sort`` is the key in force, with ``-`` when descending; ``keys`` lets j and k move.
    ``download_url`` gives the rows as CSV, ``xlsx_url`` as a workbook.
    """
    request = context.get("request")
    query = request.GET if request else QueryDict()
    return {
        "caption": caption,
        "caption_id": f"table-{slugify(caption)}",
        "headings": tables.headings(columns, sort=sort, query=query),
        "body": tables.body(rows, columns),
        "download_url": download_url,
        "xlsx_url": xlsx_url,
        "empty": empty,
        "keys": keys,
    }


def progress(
    context: Context,
    *,
    text: str,
    value: float | None = None,
    maximum: float = 1,
    poll_url: str = "",
    cancel_url: str = "",
) -> Shown:
    """How far a long job is; it asks ``poll_url`` every second until that comes back without.

    ``value`` None means it is not known how far. The answer to a poll is this tag again.
    """
    return {
        "text": text,
        "value": value,
        "maximum": maximum,
        "poll_url": poll_url,
        "cancel_url": cancel_url,
        "csrf_token": context.get("csrf_token", ""),
    }


def pagination(context: Context, page: "Page[object]") -> Shown:
    """Links to the page before and after, keeping filters and order."""
    request = context.get("request")
    query = request.GET.copy() if request else QueryDict(mutable=True)

    def url(number: int) -> str:
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    return {
        "page": page,
        "previous_url": url(page.number - 1) if page.has_previous() else "",
        "next_url": url(page.number + 1) if page.has_next() else "",
    }
