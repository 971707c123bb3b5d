"""Rules on groups, criticality and owners: what matches, who wins, how they are edited."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protem.ledger import rulebook
from protem.ledger.rules import (
    WORDS,
    Condition,
    Criticality,
    Label,
    On,
    Rule,
    RuleError,
    apply,
    check,
    exactly,
    explanation,
)

pytestmark = pytest.mark.pure


def rule(on: On = On.NAME, *patterns: str, **sets: object) -> Rule:
    given = sets or {"group": "Payments"}
    return Rule(conditions=(Condition(on=on, patterns=patterns),), **given)  # type: ignore[arg-type]


def words(**values: str) -> pl.DataFrame:
    """The words of asset 1, by what they are: ``name="pay-1"``."""
    rows = [(1, on, value) for on, value in values.items()]
    return pl.DataFrame(rows, schema=WORDS, orient="row")


def matches(one: Rule, **values: str) -> bool:
    return bool(apply([one], [1], words(**values)).matched[0][0])


@pytest.mark.parametrize(
    ("pattern", "value", "is_met"),
    [
        ("pay-*", "PAY-DB-01", True),
        ("pay-*", "repay-1", False),
        ("pay-0?", "pay-07", True),
        ("pay-0?", "pay-017", False),
        ("pay.1", "payx1", False),
        ("a+b(c)[d]{2}|^$", "A+B(c)[d]{2}|^$", True),
        (r"what\?", "what?", True),
        (r"what\?", "whatx", False),
        (r"corp\host", r"corp\host", True),
        ("über-*", "ÜBER-1", True),
        ("*", "line\nbreak", True),
    ],
)
def test_a_pattern_matches_the_whole_value(pattern: str, value: str, is_met: bool) -> None:
    assert matches(rule(On.NAME, pattern), name=value) is is_met


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1))
def test_an_exact_name_matches_itself_and_nothing_longer(name: str) -> None:
    one = rule(On.NAME, exactly(name))
    assert matches(one, name=name)
    assert not matches(one, name=f"{name}x")


def test_conditions_are_all_met_and_patterns_any() -> None:
    both = Rule(
        conditions=(
            Condition(on=On.TAG, patterns=("team=pay", "team=bill*")),
            Condition(on=On.KIND, patterns=("server",)),
        ),
        group="Payments",
    )
    assert matches(both, tag="Team=billing", kind="server")
    assert not matches(both, tag="Team=billing", kind="laptop")
    assert not matches(both, kind="server")


def test_the_first_rule_that_sets_a_label_decides_it() -> None:
    rules = [
        rule(On.NAME, "pay-*", owner="dana"),
        rule(On.NAME, "*", group="Everyone", owner="nobody"),
        rule(On.NAME, "pay-*", group="Payments", criticality=Criticality.HIGH),
    ]
    found = apply(rules, [1], words(name="pay-1"))
    decided = {label: int(column[0]) for label, column in found.decided_by.items()}
    assert decided == {
        Label.OWNER: 0,
        Label.GROUP: 1,
        Label.CRITICALITY: 2,
        Label.EXPOSED: -1,
    }


def test_a_disabled_rule_matches_nothing() -> None:
    assert not matches(rule(On.NAME, "*", group="All", is_enabled=False), name="x")


def test_an_asset_without_words_matches_nothing() -> None:
    assert not apply([rule(On.NAME, "*")], [1, 2], words(name="x")).matched[0][1]
    assert apply([rule(On.NAME, "*")], [], words(name="x")).ids.size == 0


def test_a_label_is_explained_by_its_rule() -> None:
    rules = [
        rule(On.NAME, "db-*"),
        rule(On.NAME, "pay-*", "billing", owner="Dana"),
        rule(On.TAG, "a", "b", "c", "d", is_internet_exposed=True),
    ]
    assert explanation(Label.OWNER, rules, 1) == (
        "owner Dana by rule 2: name matches pay-* or billing"
    )
    assert explanation(Label.EXPOSED, rules, 2) == (
        "exposed to the internet by rule 3: tag is a, b, c or one of 1 more"
    )


@pytest.mark.parametrize(
    "empty",
    [
        Rule(conditions=(), group="x"),
        Rule(conditions=(Condition(on=On.NAME, patterns=()),), group="x"),
        Rule(conditions=(Condition(on=On.NAME, patterns=("x",)),)),
    ],
)
def test_a_rule_that_says_nothing_is_refused(empty: Rule) -> None:
    with pytest.raises(RuleError):
        check(empty)


def test_rules_are_moved_switched_and_taken_out() -> None:
    a, b, c = (rule(On.NAME, name) for name in "abc")
    assert rulebook.moved([a, b, c], 3, 1) == [c, a, b]
    assert rulebook.moved([a, b, c], 1, 99) == [b, c, a]
    assert rulebook.without([a, b, c], 2) == [a, c]
    assert not rulebook.switched([a, b], 2, is_enabled=False)[1].is_enabled
    with pytest.raises(RuleError, match="no rule 4"):
        rulebook.without([a, b, c], 4)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12).map(
    lambda text: f"x{text.replace(chr(92), '/').strip()}"
)
some_rules = st.builds(
    Rule,
    conditions=st.lists(
        st.sampled_from(sorted(On, key=list(On).index)), min_size=1, unique=True
    )
    .map(lambda found: sorted(found, key=list(On).index))
    .flatmap(
        lambda ons: st.tuples(
            *(
                st.builds(
                    Condition,
                    on=st.just(on),
                    patterns=st.lists(texts, min_size=1, max_size=3).map(tuple),
                )
                for on in ons
            )
        )
    ),
    group=texts,
    criticality=st.sampled_from([None, *Criticality]),
    owner=st.none() | texts,
    is_internet_exposed=st.sampled_from([None, True, False]),
    is_enabled=st.booleans(),
    note=st.just("") | texts,
)


@given(st.lists(some_rules, min_size=1, max_size=4))
def test_rules_come_back_from_csv_as_they_were(rules: list[Rule]) -> None:
    import csv
    import io

    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerows([rulebook.COLUMNS, *rulebook.to_csv_rows(rules)])
    assert rulebook.from_csv(out.getvalue()) == rules


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("name,colour\npay-*,red\n", "unknown column “colour”"),
        ("name,group\n", "no rule"),
        ("", "no rule"),
        ("name,group\npay-*,\n", "sets nothing"),
        ("name,group\n,Payments\n", "which assets"),
        ("name,criticality\npay-*,huge\n", "no criticality"),
        ("name,internet_exposed\npay-*,perhaps\n", "neither yes nor no"),
        (f"name,group\n{'x' * 140_000},c\n", "not a CSV"),
    ],
)
def test_a_csv_that_makes_no_sense_is_refused_with_its_place(text: str, what: str) -> None:
    with pytest.raises(RuleError, match=what):
        rulebook.from_csv(text)


def test_a_row_of_csv_may_leave_columns_out() -> None:
    (found,) = rulebook.from_csv("\ufeffName,Group,tag\npay-*; billing-*,Payments\n")
    assert found.conditions == (Condition(on=On.NAME, patterns=("pay-*", "billing-*")),)
    assert found.group == "Payments"
