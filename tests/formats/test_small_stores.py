"""What parsers keep of a file in little memory is what plain objects would keep."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protem.formats.newest import NewestOf
from protem.formats.numbertable import NumberTable
from protem.formats.packing import Packer
from protem.formats.records import Finding, FindingState, Severity
from protem.formats.skips import Newest

pytestmark = pytest.mark.pure

WRITTEN_AT = datetime(2026, 3, 1, tzinfo=UTC)
keys = st.integers(-(1 << 63), (1 << 63) - 1).map(lambda key: key | 1)
numbers = st.integers(-(1 << 63), (1 << 63) - 1)
moments = st.none() | st.integers(-20_000, 30_000).map(
    lambda days: WRITTEN_AT + timedelta(days=days, microseconds=days)
)


@given(st.lists(st.tuples(keys, numbers), max_size=300), keys)
def test_a_number_table_is_a_dictionary(pairs: list[tuple[int, int]], other: int) -> None:
    table, known = NumberTable(), dict(pairs)
    for key, number in pairs:
        table[key] = number
    assert {key: table.get(key) for key in known} == known
    assert table.get(other) == known.get(other)


@given(st.lists(st.tuples(st.sampled_from("abc"), moments), min_size=1, max_size=12))
def test_newest_of_each_is_newest(told: list[tuple[str, datetime | None]]) -> None:
    newest = NewestOf(WRITTEN_AT)
    each: dict[str, Newest] = {}
    for name, moment in told:
        newest.add(name, moment)
        each.setdefault(name, Newest(WRITTEN_AT)).add(moment)
    assert "d" not in newest
    for name, one in each.items():
        assert name in newest
        assert newest.pop(name) == one.moment
        assert name not in newest
        with pytest.raises(KeyError):
            newest.pop(name)


def test_a_clock_that_runs_ahead_only_counts_alone() -> None:
    newest = NewestOf(WRITTEN_AT)
    for name, days in (("lone", 90), ("both", 90), ("both", -9)):
        newest.add(name, WRITTEN_AT + timedelta(days=days))
    assert newest.pop("lone") == WRITTEN_AT + timedelta(days=90)
    assert newest.pop("both") == WRITTEN_AT - timedelta(days=9)


def test_a_packed_record_comes_back_equal() -> None:
    packer = Packer(Finding)
    full = Finding(
        target="repository:acme/web",
        vulnerability="CVE-2026-0001",
        aliases=("CVE-2026-0001", "GHSA-aaaa-bbbb-cccc"),
        title="Größe \U0001f600",
        severity=Severity.HIGH,
        score=7.0,
        state=FindingState.FIXED,
        found_at=datetime(2026, 1, 5, 8, 0, 0, 123456, tzinfo=UTC),
        fix_available_on=date(2026, 1, 6),
        is_exploited=True,
    )
    bare = Finding(target="repository:acme/web", vulnerability="CVE-2026-0002")
    for finding in (full, bare):
        again = packer.unpack(packer.pack(finding))
        assert again == finding
        assert type(again) is Finding
        assert repr(again) == repr(finding)
