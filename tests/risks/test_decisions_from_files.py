"""A VEX document and a register of exceptions decide on findings until taken out again."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.formats.inventories.exports import counts, expected, read_path, skipped
from tests.ledger import make

from protem import flow
from protem.formats.advisories import Statement
from protem.formats.format import FORMATS, ExportFile
from protem.ledger.reconcile.intake import take_in
from protem.people.access import OPERATOR
from protem.risks import queries
from protem.risks.models import Cover, FindingDecision

SAMPLES = Path(__file__).parents[1] / "samples"
FILES = [
    ("openvex", "supplier.json"),
    ("cyclonedx-vex", "vex.json"),
    ("cyclonedx-vex", "vdr.json"),
    ("cyclonedx-vex", "link.json"),
    ("protem-exceptions", "exceptions.csv"),
]


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
    assert kinds == {
        ("CVE-2026-0001", "false_positive"),
        ("CVE-2026-0002", "claimed_fixed"),
        ("CVE-2026-0003", "claimed_open"),
    }
    assert run.new == 2
    assert len(queries.decisions(OPERATOR, at=make.day(90))) == 2
    flow.revert(run, by=OPERATOR)
    assert not FindingDecision.objects.exists()
    assert scanned


@pytest.mark.django_db
@pytest.mark.usefixtures("scanned")
def test_an_analysis_decides_on_the_part_of_the_product_it_names() -> None:
    flow.import_paths([SAMPLES / "cyclonedx-vex/vex.json"], by=OPERATOR)
    found = set(FindingDecision.objects.values_list("vulnerability", "kind", "asset"))
    assert found == {
        ("CVE-2026-0001", "false_positive", "acme/web"),
        ("CVE-2026-0002", "false_positive", "registry.example/acme/shop"),
        ("CVE-2026-0003", "claimed_fixed", ""),
        ("CVE-2026-0004", "claimed_open", "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1"),
    }
    assert Cover.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.usefixtures("scanned")
def test_a_link_into_another_bom_decides_once_its_product_is_named() -> None:
    path = SAMPLES / "cyclonedx-vex/link.json"
    flow.import_paths([path], by=OPERATOR)
    assert not Cover.objects.exists()
    (ruling,) = FindingDecision.objects.all()
    assert ruling.asset == "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1"
    FindingDecision.objects.all().delete()
    read = take_in(
        FORMATS.get("cyclonedx-vex").parse(
            ExportFile(path=path, name=path.name, modified_at=make.DAY_ONE)
        ),
        target="repository:acme/web",
    )
    (statement,) = read.others
    assert isinstance(statement, Statement)
    assert (statement.product, statement.version) == ("acme/web", "2.31.0")


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


def stated(author: str, *statuses: tuple[int, str]) -> str:
    """An OpenVEX document on one flaw, with a status a day."""
    statements = [
        {
            "vulnerability": {"name": "CVE-2026-0001"},
            "products": [{"@id": "pkg:pypi/requests"}],
            "timestamp": make.day(on).isoformat(),
            "status": status,
        }
        for on, status in statuses
    ]
    newest = max(on for on, _ in statuses)
    head = {"@context": "https://openvex.dev/ns/v0.2.0", "author": author}
    stamp = {"timestamp": make.day(newest).isoformat()}
    return json.dumps({**head, **stamp, "statements": statements})


@pytest.mark.django_db
@pytest.mark.usefixtures("scanned")
@pytest.mark.parametrize(
    ("documents", "is_covered"),
    [
        ([("Harrow", (15, "not_affected"))], True),
        ([("Harrow", (15, "not_affected")), ("Harrow", (16, "affected"))], False),
        ([("Harrow", (16, "affected")), ("Harrow", (15, "not_affected"))], False),
        ([("Harrow", (15, "not_affected")), ("Harrow", (16, "not_affected"))], True),
        ([("Harrow", (15, "not_affected"), (16, "under_investigation"))], False),
        ([("Harrow", (15, "under_investigation"), (16, "not_affected"))], True),
        ([("Harrow", (15, "affected"), (15, "not_affected"))], False),
        ([("Harrow", (15, "not_affected")), ("Tern", (16, "affected"))], True),
    ],
)
def test_the_newest_word_of_a_supplier_counts(
    documents: list[Any], is_covered: bool, tmp_path: Path
) -> None:
    for number, (author, *statuses) in enumerate(documents):
        path = tmp_path / f"{number}.json"
        path.write_text(stated(author, *statuses))
        flow.import_paths([path], by=OPERATOR)
    assert Cover.objects.exists() == is_covered
    assert len(queries.decisions(OPERATOR, at=make.day(90))) == is_covered


@pytest.mark.django_db
def test_what_one_reason_says_of_several_packages_is_listed_as_one(tmp_path: Path) -> None:
    document = json.loads(stated("Harrow", (15, "not_affected"), (15, "not_affected")))
    first, second = document["statements"]
    first["products"].append({"@id": "pkg:pypi/flask"})
    second["vulnerability"]["name"] = "CVE-2026-0002"
    for one in (first, second):
        one["justification"] = "vulnerable_code_not_present"
    (tmp_path / "vex.json").write_text(json.dumps(document))
    flow.import_paths([tmp_path / "vex.json"], by=OPERATOR)
    found = queries.decisions(OPERATOR, at=make.day(90))
    assert (len(found), len({one.batch for one in found})) == (3, 2)
    assert {one.reason for one in found} == {"The vulnerable code is not in it"}


@pytest.mark.django_db
@pytest.mark.usefixtures("scanned")
def test_a_register_that_comes_again_is_listed_once(tmp_path: Path) -> None:
    text = (SAMPLES / "protem-exceptions/exceptions.csv").read_text()
    for number, day in enumerate(("2026-03-01", "2026-03-08", "2026-03-08")):
        path = tmp_path / f"{number}.csv"
        path.write_text(text.replace("2026-03-01", day).replace("input", f"input {number}"))
        flow.import_paths([path], by=OPERATOR)
    found = queries.decisions(OPERATOR, at=make.day(90))
    assert [one.about.partition(",")[0] for one in found] == [
        "asset group fixtures",
        "component pkg:pypi/requests",
    ]
    assert found[1].reason == "No user input 2 reaches it"
