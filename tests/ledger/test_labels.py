"""What rules do to the assets of the ledger: labels, who wins, history, going back."""

import pytest
from tests.ledger.make import bring, day, finding, scan

from protem.formats.records import Agent, Asset, AssetKind, Record, Scan
from protem.ledger import services as ledger
from protem.ledger.cuts import By, Cut
from protem.ledger.frames.queries import load_facts
from protem.ledger.labels import queries, services
from protem.ledger.labels.models import AssetRule
from protem.ledger.labels.services import Edited
from protem.ledger.models import Asset as StoredAsset
from protem.ledger.rulebook import from_csv, parse_rule
from protem.ledger.rules import Label, RuleError
from protem.people.access import OPERATOR

pytestmark = pytest.mark.django_db


def edited(version: int | None = None) -> Edited:
    return Edited(by=OPERATOR, at=day(1), version=version)


def machine(name: str, **given: object) -> Asset:
    fields: dict[str, object] = {
        "source": "ec2",
        "external_id": f"i-{name}",
        "name": name,
        "hostname": name,
        "kind": AssetKind.SERVER,
    }
    return Asset(**(fields | given))  # type: ignore[arg-type]


def inventory(*machines: Record, on: float = 0, tool: str = "ec2") -> None:
    bring(Scan(tool=tool, target="inventory:", as_of=day(on)), machines)
    ledger.resolve_assets()


def asset(name: str) -> StoredAsset:
    return StoredAsset.objects.get(name=name)


def test_a_rule_wins_over_the_source_and_the_source_stays_as_fall_back() -> None:
    inventory(machine("pay-1", group="eng", owner="bob"), machine("web-1", group="eng"))
    first = services.add_rule(edited(), parse_rule({"name": "pay-*", "group": "Payments"}))
    assert (asset("pay-1").group, asset("pay-1").owner) == ("Payments", "bob")
    assert asset("web-1").group == "eng"
    assert first.labelled == 1
    assert first.moved == {Cut(by=By.GROUP, value="eng"), Cut(by=By.GROUP, value="Payments")}
    services.remove_rule(edited(), 1)
    assert asset("pay-1").group == "eng"


def test_assets_that_come_later_are_labelled_too() -> None:
    rule = parse_rule({"tag": "team=pay", "criticality": "high", "internet_exposed": "yes"})
    services.add_rule(edited(), rule)
    inventory(machine("a", tags=("team=pay",)), machine("b", tags=("team=web",)))
    assert (asset("a").criticality, asset("a").is_internet_exposed) == ("high", True)
    assert (asset("b").criticality, asset("b").is_internet_exposed) == ("normal", None)


def test_tags_of_all_sources_count() -> None:
    inventory(machine("a", serial="SER-1", tags=("env=prod",)))
    agent = Agent(
        source="falcon",
        external_id="f1",
        hostname="a",
        serial="SER-1",
        tags=("pci", "env=prod"),
    )
    inventory(agent, tool="falcon")
    assert asset("a").tags == ["env=prod", "pci"]
    services.add_rule(edited(), parse_rule({"tag": "pci", "source": "ec2", "group": "Cards"}))
    assert asset("a").group == "Cards"


@pytest.mark.parametrize("days", [(0, 7), (7, 0)])
def test_the_newest_tags_stand_in_whatever_order_they_arrive(days: tuple[int, int]) -> None:
    tags = {0: ("team=web",), 7: ("team=pay",)}
    for on in days:
        inventory(machine("a", tags=tags[on]), on=on)
    assert asset("a").tags == ["team=pay"]


def test_repositories_are_matched_by_their_path() -> None:
    bring(
        scan(0, "repository:acme/payments-api"),
        [finding(target="repository:acme/payments-api")],
    )
    ledger.resolve_assets()
    services.add_rule(edited(), parse_rule({"repository": "acme/pay*", "owner": "Dana"}))
    assert load_facts().episodes["owner"].to_list() == ["Dana"]


def test_an_owner_by_rule_stands_above_what_the_finding_states() -> None:
    bring(scan(0), [finding(owner="@acme/web")])
    ledger.resolve_assets()
    assert load_facts().episodes["owner"].to_list() == ["@acme/web"]
    services.add_rule(edited(), parse_rule({"kind": "repository", "owner": "Dana"}))
    assert load_facts().episodes["owner"].to_list() == ["Dana"]


def test_the_effect_of_rules_is_explained_on_the_asset() -> None:
    inventory(machine("pay-1", group="eng"))
    services.add_rule(edited(), parse_rule({"kind": "server", "criticality": "high"}))
    services.add_rule(edited(), parse_rule({"name": "pay-*", "owner": "Payments"}))
    found = queries.explanations([asset("pay-1").pk])[asset("pay-1").pk]
    assert found == {
        Label.CRITICALITY: "criticality high by rule 1: kind is server",
        Label.OWNER: "owner Payments by rule 2: name matches pay-*",
    }


def test_a_preview_counts_and_changes_nothing() -> None:
    inventory(machine("pay-1"), machine("pay-2", group="Payments"), machine("web-1"))
    rule = parse_rule({"name": "pay-*", "group": "Payments"})
    found = queries.preview([rule], 1)
    assert (found.matches, found.changes) == (2, 1)
    assert asset("pay-1").group == ""


def test_every_version_is_kept_and_can_be_gone_back_to() -> None:
    inventory(machine("pay-1"))
    one = services.add_rule(edited(), parse_rule({"name": "pay-*", "group": "One"}))
    two = services.edit_rule(edited(), 1, parse_rule({"name": "pay-*", "group": "Two"}))
    assert (two.previous, asset("pay-1").group) == (one.version, "Two")
    services.restore_version(edited(), one.version)
    assert asset("pay-1").group == "One"
    services.restore_version(edited(), two.version)
    assert asset("pay-1").group == "Two"
    services.restore_version(edited(), 0)
    assert (queries.rules(), asset("pay-1").group) == ([], "")
    told = [row.what for row in queries.history()]
    assert told[-1] == "added: name matches pay-*"
    assert len(told) == 5
    assert [rule.group for rule in queries.rules_at(two.version)] == ["Two"]


def test_order_and_switches_decide() -> None:
    inventory(machine("pay-1"))
    text = "name,group\npay-*,Payments\n*,Everyone\n"
    services.import_rules(edited(), from_csv(text), replacing=True)
    assert asset("pay-1").group == "Payments"
    services.move_rule(edited(), 2, to=1)
    assert asset("pay-1").group == "Everyone"
    services.switch_rule(edited(), 1, is_enabled=False)
    assert asset("pay-1").group == "Payments"
    assert [(row.matches, row.decides) for row in queries.rules()] == [(0, 0), (1, 1)]


def test_only_what_differs_is_written() -> None:
    services.import_rules(edited(), from_csv("name,group\na,A\nb,B\nc,C\n"), replacing=True)
    services.edit_rule(edited(), 2, parse_rule({"name": "b", "group": "X"}))
    assert AssetRule.objects.count() == 4


def test_two_people_do_not_overwrite_each_other() -> None:
    seen = queries.current_version()
    services.add_rule(edited(seen), parse_rule({"name": "a", "group": "A"}))
    with pytest.raises(RuleError, match="in the meantime"):
        services.add_rule(edited(seen), parse_rule({"name": "b", "group": "B"}))


def test_chosen_assets_are_labelled_by_their_names() -> None:
    inventory(machine("web*1"), machine("web-1"), machine("web-2"))
    services.add_rule(edited(), parse_rule({"name": "*", "group": "All"}))
    chosen = [asset("web*1").pk, asset("web-2").pk]
    done = services.label_named(edited(), chosen, parse_rule({"name": "*", "group": "Chosen"}))
    groups = {one.name: one.group for one in StoredAsset.objects.all()}
    assert groups == {"web*1": "Chosen", "web-1": "All", "web-2": "Chosen"}
    services.restore_version(edited(), done.previous)
    assert {one.group for one in StoredAsset.objects.all()} == {"All"}
    with pytest.raises(RuleError, match="no asset"):
        services.label_named(edited(), [], parse_rule({"name": "*", "group": "Chosen"}))


def test_too_many_rules_are_refused_and_nothing_is_kept() -> None:
    rules = [parse_rule({"name": f"a{at}", "group": "A"}) for at in range(1001)]
    with pytest.raises(RuleError, match="more than 1,000"):
        services.import_rules(edited(), rules, replacing=False)
    assert queries.current_version() == 0


def test_a_new_asset_moves_no_cut_but_a_relabelled_one_does() -> None:
    inventory(machine("a", group="One"))
    before = ledger.memberships()
    inventory(machine("a", group="One"), machine("b", group="One"), on=7)
    assert ledger.moved_since(before) == set()
    inventory(machine("a", group="Two"), machine("b", group="One"), on=14)
    assert ledger.moved_since(before) == {
        Cut(by=By.GROUP, value="One"),
        Cut(by=By.GROUP, value="Two"),
    }
