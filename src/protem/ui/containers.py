"""The parts of a page that wrap what stands between their tags."""

from datetime import date

from django.template import Context
from django.template.loader import render_to_string


def page_header(
    content: str, *, title: str, eyebrow: str = "", lede: str = "", as_of: date | None = None
) -> str:
    """The top of a page; what it wraps are its actions."""
    return _wrap("page_header", content, title=title, eyebrow=eyebrow, lede=lede, as_of=as_of)


def card(
    content: str,
    *,
    title: str = "",
    aside: str = "",
    href: str = "",
    link_text: str = "",
    level: int = 2,
) -> str:
    """A box with a heading: ``href`` leads to all of it, ``aside`` stands at its right."""
    return _wrap(
        "card",
        content,
        title=title,
        aside=aside,
        href=href,
        link_text=link_text,
        level=level,
    )


def notice(content: str, *, kind: str = "info", title: str = "") -> str:
    """A remark that stands out: ``kind`` is info, good, warn or bad."""
    shape = {"good": "▲", "warn": "◐", "bad": "▼"}.get(kind, "●")
    return _wrap("notice", content, kind=kind, title=title, shape=shape)


def disclosure(content: str, *, summary: str, is_open: bool = False) -> str:
    """What only some want to read, behind its summary."""
    return _wrap("disclosure", content, summary=summary, is_open=is_open)


def definition(content: str, *, term: str) -> str:
    """What a word or number means, in plain words."""
    return _wrap("definition", content, term=term)


def table_region(content: str, *, label: str) -> str:
    """A region that scrolls sideways by itself around a hand-written table."""
    return _wrap("table_region", content, label=label)


def drop_zone(  # noqa: PLR0913 - all but the address optional
    context: Context,
    content: str,
    *,
    action: str,
    name: str = "files",
    text: str = "Drop files here",
    hint: str = "",
    button: str = "Upload",
    accept: str = "",
) -> str:
    """A form that takes many files; what it wraps are further fields of that form.

    Two on one page need different names.
    """
    return _wrap(
        "drop_zone",
        content,
        action=action,
        name=name,
        text=text,
        hint=hint,
        button=button,
        accept=accept,
        input_id=f"drop-{name}",
        csrf_token=context.get("csrf_token", ""),
    )


def _wrap(template: str, content: str, **shown: object) -> str:
    return render_to_string(f"protem/ui/{template}.html", {"content": content, **shown})
