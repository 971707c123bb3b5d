"""FIRST's daily EPSS scores: how likely each vulnerability is exploited within 30 days.

The first line is a comment with the model and the day of the scores,
``#model_version:v2025.03.14,score_date:2026-03-01T00:00:00Z``; then ``cve,epss,percentile``
and a line for each of some 300,000 vulnerabilities.
"""

import csv
import re
from collections.abc import Iterator
from datetime import datetime

from protem.formats.advisories import ExploitScore
from protem.formats.archives import unreadable
from protem.formats.dates import parse_instant
from protem.formats.format import ExportFile, Feeds, Format, FormatError
from protem.formats.jsonfile import text_of
from protem.formats.records import Record, Scan
from protem.formats.skips import Skips
from protem.formats.vulnerability import canonical_name

TOOL = "epss"
_EXPECTED = "epss_scores-current.csv.gz from FIRST"
_HEADER = ["cve", "epss", "percentile"]
_WIDTH = len(_HEADER)
_COMMENT = re.compile(r"#\s*model_version:[^,\n]{0,60},\s*score_date:(?P<day>[^,\n]{0,40})")
_LONGEST_COMMENT = 400


def sniff(head: bytes) -> bool:
    """Whether it begins with the model's version and the three columns."""
    lines = text_of(head[:2048]).splitlines()
    if not lines:
        return False
    return _COMMENT.match(lines[0]) is not None and lines[1:2] == [",".join(_HEADER)]


def parse(file: ExportFile) -> Iterator[Record]:
    """One ``Scan`` of the list, then a score a vulnerability."""
    skips = Skips()
    try:
        with file.path.open(encoding="utf-8-sig", newline="") as stream:
            as_of = skips.instant(_day_of(stream.readline(_LONGEST_COMMENT)), "score_date")
            yield Scan(
                tool=TOOL,
                target=f"register:{TOOL}",
                name="EPSS scores",
                as_of=as_of,
                proves_absence=False,
            )
            yield from _scores(csv.reader(stream), file.name, skips)
    except UnicodeDecodeError as error:
        raise _refusal(f"not UTF-8 text at byte {error.start}", file.name) from None
    except csv.Error as error:
        raise _refusal(str(error), file.name) from None
    except OSError as error:
        raise unreadable(file.name, error) from None
    yield from skips.records()


def _day_of(comment: str) -> datetime | None:
    match = _COMMENT.match(comment)
    return parse_instant(match["day"].strip()) if match else None


def _scores(rows: Iterator[list[str]], name: str, skips: Skips) -> Iterator[ExploitScore]:
    if next(rows, None) != _HEADER:
        raise _refusal(f"the columns are not {', '.join(_HEADER)}", name)
    for number, row in enumerate(rows, 3):
        if not row:
            continue
        if len(row) != _WIDTH:
            raise _refusal(f"{len(row)} cells instead of {_WIDTH}", f"{name}, row {number}")
        probability, percentile = _share(row[1]), _share(row[2])
        if not row[0].strip() or probability is None or percentile is None:
            skips.add("row without a name, or whose score is not between 0 and 1")
            continue
        yield ExploitScore(
            vulnerability=canonical_name(row[0]), probability=probability, percentile=percentile
        )


def _share(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if 0 <= number <= 1 else None


def _refusal(what: str, where: str) -> FormatError:
    return FormatError(what, where=where, remedy=f"download {_EXPECTED} again")


FORMAT = Format(
    name=TOOL,
    title="EPSS scores (CSV)",
    example="download epss_scores-current.csv.gz from first.org",
    feeds=(Feeds.FIX_FIRST,),
    sniff=sniff,
    parse=parse,
)
