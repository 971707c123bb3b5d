"""A VEX document and a register of exceptions decide on findings until taken out again."""

from pathlib import Path

import pytest
from tests.formats.inventories.exports import counts, expected, read_path, skipped

from protem import flow
from protem.people.access import OPERATOR
from protem.risks import queries
from protem.risks.models import FindingDecision

SAMPLES = Path(__file__).parents[1] / "samples"
FILES = [("openvex", "supplier.json"), ("protem-exceptions", "exceptions.csv")]


@pytest.mark.parametrize(("form", "name"), FILES)
def test_sample_is_read_as_expected(form: str, name: str) -> None:
    path = SAMPLES / form / name
    records, wanted = read_path(form, path), expected(form, path)
    assert counts(records) == wanted["records"]
    assert skipped(records) == wanted["skipped"]


@pytest.mark.django_db
def test_a_supplier_decides_and_the_import_can_be_taken_out(scanned: dict[str, int]) -> None:
    (run,) = flow.import_paths([SAMPLES / "openvex/supplier.json"], by=OPERATOR)
    kinds = set(FindingDecision.objects.values_list("vulnerability", "kind"))
    assert kinds == {("CVE-2026-0001", "false_positive"), ("CVE-2026-0002", "claimed_fixed")}
    flow.revert(run, by=OPERATOR)
    assert not FindingDecision.objects.exists()
    assert scanned


@pytest.mark.django_db
def test_a_register_accepts_what_it_matches(scanned: dict[str, int]) -> None:
    flow.import_paths([SAMPLES / "protem-exceptions/exceptions.csv"], by=OPERATOR)
    first, second = FindingDecision.objects.order_by("external_id")
    matching = [
        queries.findings_matching(rule)
        for rule in map(queries.rule_of, (first, second))
        if rule
    ]
    assert [found.count() for found in matching] == [len(scanned), 0]
    assert (first.kind, first.approver, str(first.expires_on)) == (
        "accepted",
        "Ada Roe",
        "2026-12-31",
    )
