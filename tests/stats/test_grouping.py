"""Groups that remember what may not be joined to them."""

from protem.stats.activity import ALWAYS
from protem.stats.grouping import Groups, Rule

SERIAL = (Rule.SERIAL, "")


def four() -> Groups:
    return Groups(["a", "b", "c", "d"], [(0, 1), (5, 9), ALWAYS, (2, 3)])


def test_joined_groups_share_members_spans_and_facts() -> None:
    groups = four()
    groups.learn(0, SERIAL, "s")
    groups.join(0, 1)
    groups.join(3, 1)
    assert groups.members() == [[0, 1, 3], [2]]
    assert groups.span(3) == (0, 9)
    assert groups.known(3, SERIAL) == {"s"}
    assert groups.faces([3, 2, 1, 0]) == [3, 2]


def test_joining_what_is_joined_changes_nothing() -> None:
    groups = four()
    groups.join(0, 1)
    groups.join(1, 0)
    assert groups.members() == [[0, 1], [2], [3]]


def test_only_stronger_rules_veto() -> None:
    groups = four()
    groups.learn(0, SERIAL, "s")
    groups.learn(1, SERIAL, "t")
    assert groups.obstacle([0, 1], Rule.CLOUD_ID) is None
    assert groups.obstacle([0, 1], Rule.SERIAL) is None
    assert groups.obstacle([0, 1], Rule.DEVICE_ID) == "serial s ≠ t"
    assert groups.obstacle([0, 2], Rule.HOSTNAME) is None


def test_group_that_holds_both_contradicts_neither() -> None:
    groups = four()
    for position, serial in enumerate(["s", "t", "s"]):
        groups.learn(position, SERIAL, serial)
    groups.join(0, 1)
    assert groups.obstacle([0, 2], Rule.MAC) is None
