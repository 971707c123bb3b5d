from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from protem.kit.versions import histories, known, known_by

START = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Row:
    name: str
    day: int
    text: str = ""

    @property
    def known_at(self) -> datetime:
        return START + timedelta(days=self.day)


def name(row: Row) -> str:
    return row.name


def on(day: int) -> datetime:
    return START + timedelta(days=day)


ROWS = st.lists(st.builds(Row, name=st.sampled_from("abc"), day=st.integers(0, 9)))


def test_the_newest_version_known_by_then_counts():
    rows = [Row("a", 5), Row("a", 1), Row("a", 3)]
    assert [row.day for row in known(rows, on(4), name)] == [3]


def test_before_anything_was_known_the_earliest_version_stands_in():
    assert [row.day for row in known([Row("a", 5), Row("a", 3)], on(0), name)] == [3]
    assert known_by([Row("a", 5), Row("a", 3)], on(0), name) == []


def test_of_two_versions_of_one_moment_the_later_given_is_newest():
    assert known([Row("a", 1, "first"), Row("a", 1, "second")], on(1), name)[0].text == "second"


@given(ROWS, st.integers(0, 9), ROWS)
def test_versions_known_later_change_nothing_that_was_known(rows, day, more):
    later = [Row(row.name, day + 1 + row.day) for row in more]
    assert known_by([*rows, *later], on(day), name) == known_by(rows, on(day), name)


@given(ROWS)
def test_every_version_is_kept_in_the_history_of_its_thing(rows):
    assert sorted((r.name, r.day) for h in histories(rows, name) for r in h) == sorted(
        (r.name, r.day) for r in rows
    )
