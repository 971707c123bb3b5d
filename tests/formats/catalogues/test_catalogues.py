"""The catalogue of exploited vulnerabilities and EPSS scores, as they are published."""

import gzip
from datetime import date
from pathlib import Path

import pytest
from tests.formats.inventories.exports import (
    CORPORA,
    SAMPLES,
    claimed_by,
    counts,
    expected,
    read,
    read_path,
    skipped,
)

from protem.formats.advisories import ExploitScore, KnownExploited
from protem.formats.detect import detect
from protem.formats.format import FormatError
from protem.formats.reading import expand
from protem.formats.records import Scan

pytestmark = pytest.mark.pure
FILES = [
    ("cisa-kev", "catalogue.json"),
    ("cisa-kev", "catalogue.csv"),
    ("epss", "epss_scores.csv"),
]
SNAPSHOT = CORPORA / "cisa-kev/known_exploited_vulnerabilities.json"
COMMENT = "#model_version:v2025.03.14,score_date:2026-03-02T12:55:00Z\n"


@pytest.mark.parametrize(("form", "name"), FILES)
def test_sample_is_read_as_expected(form: str, name: str) -> None:
    path = SAMPLES / form / name
    records, wanted = read_path(form, path), expected(form, path)
    scans = [each for each in records if isinstance(each, Scan)]
    assert [scan.target for scan in scans] == wanted["scopes"]
    assert [scan.as_of for scan in scans] == wanted["as_of"]
    assert counts(records) == wanted["records"]
    assert skipped(records) == wanted["skipped"]


def test_both_forms_of_the_catalogue_say_the_same() -> None:
    of_json, of_csv = (
        [
            r
            for r in read_path("cisa-kev", SAMPLES / "cisa-kev" / name)
            if isinstance(r, KnownExploited)
        ]
        for name in ("catalogue.json", "catalogue.csv")
    )
    assert of_json == of_csv
    assert of_json[0].added_on == date(2026, 3, 2)
    assert [one.is_ransomware for one in of_json] == [True, None]
    assert of_json[1].vulnerability == "CVE-2025-20011"


def test_scores_come_gzipped(tmp_path: Path) -> None:
    packed = tmp_path / "scores.csv.gz"
    packed.write_bytes(gzip.compress((SAMPLES / "epss/epss_scores.csv").read_bytes()))
    scores = []
    for file in expand([packed], workspace=tmp_path):
        assert detect(file).name == "epss"
        scores += [r for r in detect(file).parse(file) if isinstance(r, ExploitScore)]
    assert (scores[1].probability, scores[1].percentile) == (0.73211, 0.98715)


@pytest.mark.parametrize(
    ("form", "content", "message"),
    [
        ("cisa-kev", '{"catalogVersion": "1", "vulnerabilities": []}', "is empty"),
        ("cisa-kev", '{"catalogVersion": "1", "vulnerabilities": [3]}', "Expected"),
        ("epss", COMMENT + "cve,score\n", "the columns are not"),
        ("epss", COMMENT + "cve,epss,percentile\nCVE-2026-1,0.1\n", "2 cells instead of 3"),
        ("epss", COMMENT.encode() + b"cve,epss,percentile\n\xff\xfe", "not UTF-8"),
    ],
)
def test_what_is_broken_is_refused(
    form: str, content: str | bytes, message: str, tmp_path: Path
) -> None:
    with pytest.raises(FormatError, match=message):
        read(form, content, tmp_path)


def test_another_table_of_vulnerabilities_is_neither() -> None:
    for content in (b"cve,epss,percentile\nCVE-2026-1,0.1,0.2\n", b"cveID,dateAdded\na,b\n"):
        assert not {"epss", "cisa-kev"} & set(claimed_by(content))


@pytest.mark.corpus
@pytest.mark.skipif(not SNAPSHOT.exists(), reason="the catalogue's snapshot is not here")
def test_the_real_catalogue_is_read_whole() -> None:
    records = read_path("cisa-kev", SNAPSHOT)
    assert counts(records) == {"scan": 1, "known_exploited": 1404}
    assert skipped(records) == {}
