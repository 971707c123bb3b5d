import pytest

from protem.handoff.classify import classify, classify_meeting, is_away, same_person_key
from protem.handoff.wording_rules import RULES


@pytest.mark.parametrize(
    ("title", "category"),
    [
        ("Globex security questionnaire", "assurance"),
        ("SOC 2 kickoff", "compliance"),
        ("Weekly with the auditors", "compliance"),
        ("HITRUST readiness", "compliance"),
        ("Incident: phished mailbox", "vulnerabilities and incidents"),
        ("Pen-test readout", "vulnerabilities and incidents"),
        ("MDR monthly", "vulnerabilities and incidents"),
        ("Vendor review: Acme", "vendor"),
        ("Risk register", "risk and board"),
        ("Threat modelling, billing", "product security"),
        ("Security sync", "people and tooling"),
        ("Roadmap review", "not security"),
        ("Secret Santa", "not security"),
        ("Customers at risk of churn", "not security"),
        ("asterisk phone setup", "not security"),
        ("Busy", "unknown"),
        ("", "unknown"),
        ("  private appointment ", "unknown"),
    ],
)
def test_titles_are_told_apart_by_whole_words(title, category):
    assert classify(title) == category


def test_outsiders_tell_where_the_title_does_not():
    assert classify_meeting("Weekly", ("a@best-auditors.example",)) == "compliance"
    assert classify_meeting("", ("soc@mdr.example",)) == "vulnerabilities and incidents"
    assert classify_meeting("Weekly", ("a@acme.example",)) == "not security"


@pytest.mark.parametrize(
    ("title", "away"), [("OOO", True), ("Bank Holiday", True), ("Team offsite", False)]
)
def test_all_day_entries_say_whether_one_was_away(title, away):
    assert is_away(title) is away


def test_addresses_and_names_of_one_person_agree():
    assert same_person_key("mailto:Mara.Voss@acme.example") == same_person_key("Mara Voss")


def test_every_category_is_listed_once():
    names = [name for name, _ in RULES]
    assert len(names) == len(set(names))
