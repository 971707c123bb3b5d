"""The name of each kind of record in ``protem inspect`` and in import summaries."""

from protem.formats.advisories import ExploitScore, FindingDecision, KnownExploited, Statement
from protem.formats.records import (
    Agent,
    Asset,
    Certificate,
    CustomerReview,
    Deal,
    Finding,
    Meeting,
    Patch,
    PatchState,
    QuestionOutcome,
    Record,
    Scan,
    WorkItem,
)

KINDS: dict[type[Record], str] = {
    Scan: "scan",
    Finding: "finding",
    Asset: "asset",
    Agent: "agent",
    Patch: "patch",
    PatchState: "patch_state",
    Meeting: "meeting",
    WorkItem: "work_item",
    Deal: "deal",
    CustomerReview: "review",
    QuestionOutcome: "question",
    Certificate: "certificate",
    Statement: "statement",
    FindingDecision: "decision",
    KnownExploited: "known_exploited",
    ExploitScore: "score",
}
