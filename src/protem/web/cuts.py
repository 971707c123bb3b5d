"""The part of the company a page is about: all of it, or the cut given as ``?cut=``."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.http import QueryDict

from protem.ledger.cuts import WHOLE, By, Cut, parse_cut
from protem.measure.cuts import queries as cuts
from protem.web import addresses

PARAMETER = "cut"
WHOLE_LABEL = "whole company"
LABELS = {
    By.GROUP: "Groups",
    By.CRITICALITY: "Criticality",
    By.OWNER: "Owners",
    By.KIND: "Kinds",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class CutLink:
    """One entry of the menu."""

    label: str
    url: str
    is_shown: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CutMenu:
    """What is shown, and what else can be."""

    shown: str
    is_cut: bool
    whole_url: str
    sections: list[tuple[str, list[CutLink]]]


def asked_cut(query: QueryDict) -> str:
    """The cut an address asks for as it is stored; raises ``CutError`` for what is none."""
    text = query.get(PARAMETER, "")
    return str(parse_cut(text)) if text else WHOLE


def cut_menu(query: QueryDict, chosen: str) -> CutMenu:
    """The menu of a page; empty sections are left out."""
    found = cuts.measured()
    sections = [(LABELS[by], _links(query, found, by, chosen)) for by in By]
    return CutMenu(
        shown=label_of(chosen),
        is_cut=chosen != WHOLE,
        whole_url=addresses.changed(query, cut=None),
        sections=[(label, links) for label, links in sections if links],
    )


def label_of(chosen: str) -> str:
    """As a page names it: “Payments”, “whole company”."""
    return parse_cut(chosen).label if chosen else WHOLE_LABEL


def _links(query: QueryDict, found: Iterable[Cut], by: By, chosen: str) -> list[CutLink]:
    return [
        CutLink(
            label=cut.label,
            url=addresses.changed(query, cut=str(cut)),
            is_shown=str(cut) == chosen,
        )
        for cut in found
        if cut.by is by
    ]
