"""One asset with the records it is made of, why they are one, and what is in doubt."""

import re
from dataclasses import dataclass
from functools import cache

from django.core.paginator import Page, Paginator
from django.urls import reverse

from protem.formats.format import FORMATS
from protem.ledger.labels import queries as rules
from protem.ledger.merges import queries as merges
from protem.ledger.merges.queries import (
    DoubtView,
    MachineView,
    MergeView,
    PinView,
    RecordView,
)
from protem.ledger.rules import Label
from protem.web.errors import NoSuchThingError

PER_PAGE = 25
PINS_SHOWN = 50
LONGEST_SILENCE = 999
SETTLED = "settled on the page of doubts"
_NOUNS = re.compile(
    r"(?: managed devices| hosts| agents| devices| machines| inventory| instances)?"
    r"(?: \(\w+\))?$"
)
_RULES = {
    "pin": "A person joined",
    "cloud id": "The same cloud id",
    "serial": "The same serial number",
    "device id": "The same device id",
    "MAC address": "The same hardware address",
    "hostname": "The same hostname at the same time:",
}
_ID_KINDS = {
    "directory:": "The same directory device id",
    "hardware:": "The same hardware UUID",
}
_CONDITIONS = {
    "protecting": "● protecting",
    "reduced": "◐ reduced: works in part",
    "detect_only": "◐ detects only, stops nothing",
    "no_policy": "◐ without a prevention policy",
    "hidden": "○ hidden in its console",
    "decommissioned": "○ decommissioned",
    "discovered": "▼ seen on the network, without an agent",
    "running": "● running",
    "stopped": "○ not running",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordCard:
    """One record, ready to be shown."""

    record: RecordView
    source: str
    facts: list[tuple[str, object]]

    @property
    def title(self) -> str:
        """Its name and whose it is."""
        return f"{self.record.called}, in {self.source}"

    @property
    def url(self) -> str:
        """The page of the machine it belongs to."""
        return machine_url(self.record.asset_id)


@dataclass(frozen=True, kw_only=True, slots=True)
class DoubtCard:
    """Two records side by side, what they share, and why they were not joined."""

    left: RecordCard
    right: RecordCard
    shared: str
    because: str
    is_question: bool
    """Whether one click can answer it; what dozens share is no question."""

    @property
    def sides(self) -> tuple[RecordCard, RecordCard]:
        """Both records."""
        return self.left, self.right

    @property
    def names(self) -> str:
        """Both, for buttons to name what they act on."""
        return f"{self.left.title} and {self.right.title}"


@dataclass(frozen=True, kw_only=True, slots=True)
class MachinePage:
    """Everything the page of one asset shows."""

    machine: MachineView
    facts: list[tuple[str, object]]
    reasons: list[str]
    records: list[RecordCard]
    doubts: list[DoubtCard]
    pins: list[PinView]
    words: str
    candidates: list[RecordCard]

    @property
    def lede(self) -> str:
        """What it is, in a sentence."""
        machine, count = self.machine, len(self.records)
        if not machine.is_machine:
            return "Known by its name."
        told = "1 record" if count == 1 else f"{count} records"
        sources = {card.source for card in self.records}
        places = "1 source" if len(sources) == 1 else f"{len(sources)} sources"
        return f"One machine, put together from {told} of {places}."


@dataclass(frozen=True, kw_only=True, slots=True)
class DoubtPage:
    """Everything the page of doubts shows."""

    page: "Page[int]"
    doubts: list[DoubtCard]
    pins: list[PinView]


def machine_page(asset_id: int, *, words: str) -> MachinePage:
    """The page of one asset; ``words`` look for a record to join. ``NoSuchThingError``."""
    machine = merges.machine(asset_id)
    if machine is None:
        raise NoSuchThingError(
            "there is no such asset",
            remedy="it may have become part of another: look for it in the list",
        )
    found = merges.candidates(words, not_of=asset_id) if words else []
    return MachinePage(
        machine=machine,
        facts=_facts(machine),
        reasons=[_reason(merge) for merge in machine.merges],
        records=[_card(record) for record in machine.records],
        doubts=[_doubt(doubt) for doubt in machine.doubts],
        pins=machine.pins,
        words=words,
        candidates=[_card(record) for record in found],
    )


def doubt_page(number: str | None) -> DoubtPage:
    """One page of the doubts to settle, with what people decided before."""
    page = Paginator(range(merges.doubt_count()), PER_PAGE).get_page(number)
    before = max(page.start_index() - 1, 0)
    return DoubtPage(
        page=page,
        doubts=[_doubt(doubt) for doubt in merges.doubts(offset=before, limit=PER_PAGE)],
        pins=merges.pins(limit=PINS_SHOWN),
    )


@cache
def source_name(source: str) -> str:
    """What people call a source: “CrowdStrike Falcon” for ``crowdstrike-falcon``."""
    title = next((form.title for form in FORMATS if form.name == source), "")
    return _NOUNS.sub("", title.partition(":")[0]) or source


def _facts(machine: MachineView) -> list[tuple[str, object]]:
    why = rules.explanations([machine.id]).get(machine.id, {})

    def told(value: str, label: Label) -> str:
        return f"{value} ({why[label]})" if value and label in why else value

    known: list[tuple[str, object]] = [
        ("Kind", machine.kind),
        ("System", machine.os_family),
        ("Owner", told(machine.owner, Label.OWNER)),
        ("Group", told(machine.group, Label.GROUP)),
        ("Criticality", told(machine.criticality, Label.CRITICALITY)),
        ("Made from", machine.template),
        ("Tags", ", ".join(machine.tags)),
        ("Since", machine.created_at),
    ]
    return [(label, value) for label, value in known if value]


def _reason(merge: MergeView) -> str:
    """Such as “The same serial number 5CG1234 in Microsoft Intune and CrowdStrike Falcon”."""
    places = [source_name(merge.left.source), source_name(merge.right.source)]
    where = f"in {places[0]} and {places[1]}"
    if places[0] == places[1]:
        where = f"in two records of {places[0]}"
    if merge.rule == "pin":
        return f"A person joined {merge.left.called} and {merge.right.called}, {where}."
    return f"{_shared(merge.rule, merge.evidence)} {where}."


def _shared(rule: str, evidence: str) -> str:
    for prefix, words in _ID_KINDS.items():
        if rule == "device id" and evidence.startswith(prefix):
            return f"{words} {evidence.removeprefix(prefix)}"
    return f"{_RULES.get(rule, rule)} {evidence}"


def _doubt(doubt: DoubtView) -> DoubtCard:
    return DoubtCard(
        left=_card(doubt.left),
        right=_card(doubt.right),
        shared=_shared(doubt.rule, doubt.evidence),
        because=_because(doubt.because),
        is_question=doubt.is_question,
    )


def _because(text: str) -> str:
    """The resolver's reason with sources as people call them."""
    words = [source_name(word) for word in text.split(" ")]
    return " ".join(words)


def _card(record: RecordView) -> RecordCard:
    known: list[tuple[str, object]] = [
        ("Known as", record.external_id if record.external_id != record.name else ""),
        ("Hostname", record.hostname),
        ("Serial number", record.serial),
        ("Cloud id", record.cloud_id),
        ("Device id", record.device_id),
        ("Hardware addresses", ", ".join(record.macs)),
        ("System", record.os_family),
        ("First listed", record.first_at),
        ("Says", _said(record)),
    ]
    return RecordCard(
        record=record,
        source=source_name(record.source),
        facts=[(label, value) for label, value in known if value],
    )


def _said(record: RecordView) -> str:
    if not record.is_listed:
        return "" if record.first_at is None else "○ no longer listed"
    condition = _CONDITIONS.get(record.condition, record.condition)
    if record.silent_days is None:
        return condition
    if record.silent_days >= LONGEST_SILENCE:
        return f"{condition}, no contact for more than 90 days"
    days = "day" if record.silent_days == 1 else "days"
    return f"{condition}, last contact within {record.silent_days} {days}"


def machine_url(asset_id: int | None) -> str:
    """The address of an asset's page, the list's for none."""
    if asset_id is None:
        return reverse("web:assets")
    return reverse("web:asset", args=(asset_id,))
