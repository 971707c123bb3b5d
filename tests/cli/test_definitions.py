"""Targets, definitions, remarks and leaders from the command line."""

import pytest
from tests.cli.conftest import Run, as_json

from protem.kit.errors import ProtemError
from protem.measure.definitions import DefinitionError
from protem.measure.models import Snapshot


def test_a_target_is_set_and_listed(loaded: Run) -> None:
    told = loaded(
        "targets", "mttr-critical", "21", "--since", "2020-01-01", "--why", "board", "--json"
    )
    (target,) = as_json(told)["targets"]
    assert (target["value"], target["why"], target["by"]) == (21, "board", "the command line")
    assert set(Snapshot.objects.filter(metric="mttr-critical").values_list("target")) == {(21,)}
    assert "board" in loaded("targets", "mttr-critical").stdout
    assert as_json(loaded("targets", "--json"))["defaults"]["edr-coverage"] == 98


def test_a_definition_is_changed_and_set_back(loaded: Run) -> None:
    made = as_json(
        loaded("define", "--preset", "bod-26-04", "low_days=90", "--why", "customer", "--json")
    )
    assert made["preset"] == ""
    assert made["definition"]["exploited_days"] == 3
    assert made["definition"]["low_days"] == 90
    (change,) = made["changes"]
    assert "customer" in loaded("define").stdout
    back = as_json(loaded("define", "--undo", str(change["id"]), "--json"))
    assert back["preset"] == "default"
    assert len(back["changes"]) == 2


def test_yes_and_no_are_values(run: Run) -> None:
    told = run("define", "is_exploited_critical=no", "--why", "x", "--json")
    assert as_json(told)["definition"]["is_exploited_critical"] is False
    told = run("define", "is_exploited_critical=yes", "--why", "x", "--json")
    assert as_json(told)["definition"]["is_exploited_critical"] is True


@pytest.mark.parametrize("words", [["critical_days"], ["critical_days=soon"], ["x=1"]])
def test_what_is_no_definition_is_told(run: Run, words: list[str]) -> None:
    with pytest.raises(ProtemError):
        run("define", *words, "--why", "x")
    with pytest.raises(DefinitionError):
        run("define", "critical_days=21")
    with pytest.raises(ProtemError, match="--since"):
        run("define", "critical_days=21", "--why", "x", "--since", "soon")


def test_a_remark_is_made_taken_off_and_put_back(run: Run) -> None:
    assert "No remark" in run("annotate").stdout
    (made,) = as_json(run("annotate", "Moved scanners", "--on", "2026-03-01", "--json"))
    one = made["external_id"]
    run("annotate", "Moved to new scanners", "--edit", one, "--on", "2026-03-02")
    assert "taken off" in run("annotate", "--remove", one).stdout
    (back,) = as_json(run("annotate", "--restore", one, "--json"))
    assert (back["text"], back["on"]) == ("Moved to new scanners", "2026-03-02")
    assert back["is_removed"] is False


def test_leaders_are_listed_added_and_removed(loaded: Run) -> None:
    listed = as_json(loaded("leaders", "list", "--json"))
    assert listed["leaders"] == []
    person = listed["calendars"][0]["person"]
    loaded("leaders", "add", person, "--since", "2026-01-01")
    with pytest.raises(ProtemError, match="marked already"):
        loaded("leaders", "add", person)
    assert person in loaded("leaders", "list").stdout
    assert "no longer" in loaded("leaders", "remove", person, "--until", "2026-06-01").stdout
    with pytest.raises(ProtemError, match="not marked"):
        loaded("leaders", "remove", person)
    loaded("leaders", "add", "Someone Else")
    assert "at no time" in loaded("leaders", "remove", "someone else", "--mistake").stdout
    history = as_json(loaded("leaders", "list", "--json"))["leaders"]
    assert [one["is_mistake"] for one in history] == [True, False]
