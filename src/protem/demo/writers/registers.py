"""Protem's own tables: certificates, reviews, questions, deals and tickets as known then."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from protem.demo.deals import Certificate, Deal, certificates_on
from protem.demo.export import Export, csv_bytes, csv_row
from protem.demo.reviews import Question, Review
from protem.demo.story import Story, iso
from protem.demo.tickets import Ticket

_CERTIFICATES = (
    "id,framework,level,scope,auditor,stage,required,period_start,period_end,issued_on,"
    "expires_on,bridge_until,next_due_on,opinion"
)
_REVIEWS = "id,customer,deal,received_at,answered_at,due_at,questions,hours,paused_hours"
_QUESTIONS = "review,id,domain,source,confidence,answered_at"
_DEALS = "id,customer,name,stage,late_stage,open,amount,close_on,previous_close_on,demands"
_TICKETS = "id,title,assignee,created_at,started_at,resolved_at,due_on,planned,security,hours"


@dataclass(frozen=True, kw_only=True, slots=True)
class Registers:
    """Everything the registers hold in the end."""

    reviews: list[Review]
    questions: list[Question]
    deals: list[Deal]
    tickets: list[Ticket]


def write_registers(export: Export, registers: Registers) -> None:
    """Whole lists as known on the day of their export; of the questions only the new ones."""
    story = export.story
    questions = list(_question_lines(story, registers.questions))
    before = float("-inf")
    for day in story.register_days():
        tables = {
            "protem-certifications": _certificates(certificates_on(story, day)),
            "protem-reviews": _reviews(story, registers.reviews, day),
            "protem-questions": _questions(questions, before, day),
            "protem-deals": _deals(story, registers.deals, day),
        }
        for kind, table in tables.items():
            export.write(kind, day, f"{kind.removeprefix('protem-')}.csv", content=table)
        before = day
    for day in story.ticket_days():
        table = _tickets(story, registers.tickets, day)
        export.write("protem-tickets", day, "tickets.csv", content=table)


def _when(story: Story, moment: float | None, day: float) -> str | None:
    """The instant, unless it was still to come on ``day``."""
    return iso(story.at(moment)) if moment is not None and moment <= day else None


def _certificates(rows: Iterable[Certificate]) -> bytes:
    return csv_bytes(
        _CERTIFICATES,
        (
            (
                row.id,
                row.framework,
                row.level,
                "Tidemark platform",
                row.auditor,
                row.stage,
                row.is_required,
                row.period_start,
                row.period_end,
                row.issued_on,
                row.expires_on,
                row.bridge_until,
                row.next_due_on,
                row.opinion,
            )
            for row in rows
        ),
    )


def _reviews(story: Story, reviews: Iterable[Review], day: float) -> bytes:
    rows = []
    for review in reviews:
        if review.received > day:
            continue
        answered = _when(story, review.answered, day)
        rows.append(
            (
                review.id,
                review.customer,
                review.deal,
                iso(story.at(review.received)),
                answered,
                iso(story.at(review.due)),
                review.questions,
                review.hours if answered else None,
                review.paused_hours if answered else 0.0,
            )
        )
    return csv_bytes(_REVIEWS, rows)


def _questions(lines: Iterable[tuple[float, bytes]], after: float, day: float) -> bytes:
    known = (line for answered, line in lines if after < answered <= day)
    return f"{_QUESTIONS}\n".encode() + b"".join(known)


def _question_lines(
    story: Story, questions: Iterable[Question]
) -> Iterator[tuple[float, bytes]]:
    """Each question's row, with the day since which it is known: answers never change."""
    for q in questions:
        row = (q.review, q.id, q.domain, q.source, q.confidence, iso(story.at(q.answered)))
        yield q.answered, csv_row(row)


def _deals(story: Story, deals: Iterable[Deal], day: float) -> bytes:
    rows = []
    for deal in deals:
        if deal.opened > day:
            continue
        closes = deal.closes_as_of(day)
        is_open, is_late = closes > day, deal.late_from <= day
        has_slipped = closes != deal.closes
        ended = "Closed won" if deal.is_won else "Closed lost"
        rows.append(
            (
                deal.id,
                deal.customer,
                deal.name,
                ("Contract" if is_late else "Evaluation") if is_open else ended,
                is_open and is_late,
                is_open,
                deal.amount,
                story.day_on(closes),
                story.day_on(deal.closes) if has_slipped else None,
                deal.demands if is_late else "",
            )
        )
    return csv_bytes(_DEALS, rows)


def _tickets(story: Story, tickets: Iterable[Ticket], day: float) -> bytes:
    rows = []
    for ticket in tickets:
        if ticket.created > day:
            continue
        resolved = _when(story, ticket.resolved, day)
        rows.append(
            (
                ticket.id,
                ticket.title,
                ticket.assignee,
                iso(story.at(ticket.created)),
                _when(story, ticket.started, day),
                resolved,
                story.day_on(ticket.due) if ticket.due is not None else None,
                ticket.is_planned,
                ticket.is_security,
                ticket.hours if resolved else None,
            )
        )
    return csv_bytes(_TICKETS, rows)
