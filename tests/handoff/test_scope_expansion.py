from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from tests.handoff import make
from tests.handoff.make import at, certificate, deal, demand

from protem.handoff.facts import HandoffFacts, ScopeRatio
from protem.handoff.signal import SignalReading
from protem.ledger.facts import CertificateFact
from protem.reviews.queries import DealRow, DemandRow

NAME = "scope-expansion"
SOC = certificate(issued_on=date(2025, 1, 1), expires_on=date(2030, 1, 1))


def read(
    *deals: DealRow,
    week: int = 1,
    certificates: Sequence[CertificateFact] = (SOC,),
    **given: Any,
) -> SignalReading:
    return make.reading(
        NAME, HandoffFacts(deals=deals, certificates=certificates, **given), week
    )


def weekly(first: int, last: int, *demands: DemandRow, **given: Any) -> list[DealRow]:
    return [deal(1, *demands, known_at=at(w), **given) for w in range(first, last)]


def test_without_demands_it_is_unknown():
    assert read().state == "unknown"
    assert "frameworks that each one demands" in read(deal(1)).missing[0].what


def test_without_certificates_it_asks_for_them_first():
    reading = read(deal(1, demand(is_confirmed=False)), certificates=())
    assert reading.state == "unknown"
    assert [m.minutes for m in reading.missing] == sorted(m.minutes for m in reading.missing)


def test_one_unmet_binding_demand_turns_it_on():
    for binding in ("signed", "mandatory"):
        assert (
            read(deal(1, demand(binding=binding)), deal(2, demand("SOC 2", ""))).state == "on"
        )


def test_a_demand_met_by_a_current_certificate_leaves_it_off():
    reading = read(deal(1, demand("SOC2", "Type II", binding="signed")))
    assert reading.state == "off"
    assert reading.value == 0


def test_a_preference_of_little_value_leaves_it_off():
    assert read(deal(1, demand(), amount=5), deal(2, demand("SOC 2", ""))).state == "off"


def test_ten_percent_of_the_demanding_value_turns_it_on():
    reading = read(deal(1, demand(), amount=20), deal(2, demand("SOC 2", "")))
    assert "of the value" in reading.rule


def test_three_customers_turn_it_on_and_one_counts_once():
    big = deal(9, demand("SOC 2", ""), amount=1e6)
    assert "3 customers" in read(big, *(deal(n, demand(), amount=1) for n in range(3))).rule
    same = [deal(n, demand(), amount=1, customer="Same") for n in range(3)]
    assert read(big, *same).state == "off"


def test_old_preferences_do_not_count():
    old = [deal(n, demand(), amount=100) for n in range(3)]
    fresh = deal(9, demand("SOC 2", ""), known_at=at(27))
    given = HandoffFacts(deals=[*old, fresh], certificates=[SOC])
    seen = make.SIGNALS.get(NAME).watch(given, [make.sunday(3), make.sunday(28)])
    assert [observation.get("deals") for observation in seen] == [3, 0]


def test_grown_scope_turns_it_on():
    ratios = (ScopeRatio(known_at=at(0), ratio=1.25),)
    met = deal(1, demand("SOC 2", ""))
    assert read(met, scope_ratios=ratios).state == "on"
    assert read(met, scope_ratios=(ScopeRatio(known_at=at(0), ratio=1.2),)).state == "off"


def test_unconfirmed_demands_make_it_unknown():
    reading = read(deal(1, demand(binding="signed"), demand("PCI", "", is_confirmed=False)))
    assert reading.state == "unknown"
    assert "1 wait for a person" in reading.missing[0].what


def test_it_leaves_once_nothing_was_unmet_for_sixty_days():
    hitrust = certificate("HITRUST", "r2", issued_on=at(5).date())
    rows = weekly(0, 20, demand(binding="signed"))
    found = make.states(NAME, HandoffFacts(deals=rows, certificates=[SOC, hitrust]), 19)
    assert found[1] == "on"
    off = found.index("off", 2)
    assert off - 6 == 9
    assert found[-1] == "off"


def test_a_certificate_that_lapses_turns_it_on_again():
    soc = certificate(issued_on=date(2024, 1, 1), expires_on=at(5).date())
    rows = weekly(0, 10, demand("SOC 2", "", binding="signed"))
    found = make.states(NAME, HandoffFacts(deals=rows, certificates=[soc]), 9)
    assert found[4] == "off"
    assert found[6] == "on"


def test_lost_deals_demand_nothing_and_signed_ones_stay():
    lost = deal(1, demand(binding="signed"), is_open=False, stage="Closed lost")
    won = deal(1, demand(binding="signed"), is_open=False, stage="Closed won")
    met = deal(2, demand("SOC 2", ""))
    assert read(lost, met).state == "off"
    assert read(won, met).state == "on"


def test_a_deal_is_not_known_before_the_file_that_shows_it():
    rows = [deal(2, demand("SOC 2", "")), deal(1, demand(binding="signed"), known_at=at(4))]
    given = HandoffFacts(deals=rows, certificates=[SOC])
    assert make.reading(NAME, given, 3).state == "off"
    assert make.reading(NAME, given, 4).state == "on"


def test_evidence_lists_who_demands_what():
    reading = read(deal(1, demand(binding="signed", needed_on=date(2025, 6, 1))))
    assert reading.evidence[0].what == (
        "Customer 1 demands HITRUST i1 (signed), needed by 01 Jun 2025"
    )
    assert reading.evidence[0].amount == pytest.approx(100)
