"""What happens at Tidemark, by our own arithmetic on what was generated."""

from datetime import date

import numpy as np
import pytest

from protem.demo.company import Company, build_company
from protem.demo.deals import certificates_on, deals_of
from protem.demo.fleet import coverage, is_protected
from protem.demo.landscape import Landscape, build_landscape
from protem.demo.reviews import Review, questions_of, reviews_of
from protem.demo.rulings import rulings_of
from protem.demo.story import DEAL_ARRIVES, Story
from protem.demo.tickets import tickets_of
from protem.demo.vulnerabilities import CRITICAL

STORY = Story(until=date(2026, 3, 11), weeks=157)
SEEDS = (7, 19)


def _company(seed: int) -> Company:
    return build_company(np.random.default_rng(seed), STORY)


@pytest.fixture(scope="module")
def landscape() -> Landscape:
    return build_landscape(np.random.default_rng(3), STORY, _company(7))


@pytest.mark.parametrize("seed", SEEDS)
def test_edr_coverage_is_steady_and_then_falls_to_about_94_percent(seed: int) -> None:
    company = _company(seed)
    good = [coverage(company, day) for day in STORY.week_days()[:-14]]
    assert min(good) > 0.965
    assert 0.925 <= coverage(company, STORY.end_day) <= 0.95


@pytest.mark.parametrize("seed", SEEDS)
def test_at_least_eight_assets_lost_their_cover_in_the_last_quarter(seed: int) -> None:
    company, now, before = _company(seed), STORY.end_day, STORY.before_today(91)
    machines = [
        machine
        for machine in [*company.laptops, *company.servers]
        if machine.is_alive(now) and machine.is_alive(before)
    ]
    lost = [m for m in machines if is_protected(m, before) and not is_protected(m, now)]
    gained = [m for m in machines if is_protected(m, now) and not is_protected(m, before)]
    assert len(lost) >= 8
    assert not gained


def test_a_reimaged_laptop_has_one_serial_and_two_agents() -> None:
    reimaged = [laptop for laptop in _company(7).laptops if len(laptop.agents) > 1]
    assert len(reimaged) >= 4
    assert all(len({agent.aid for agent in laptop.agents}) > 1 for laptop in reimaged)


def test_about_three_clusters_of_criticals_open_in_a_week(landscape: Landscape) -> None:
    worlds = (landscape.servers, landscape.images, landscape.repositories)
    opened = [
        cluster
        for world in worlds
        for cluster in world.clusters
        if cluster.severity == CRITICAL and cluster.opened > 0
    ]
    assert 2.5 <= len(opened) / STORY.weeks <= 3.5


def test_a_critical_cluster_closes_ten_to_25_instances_at_once(landscape: Landscape) -> None:
    world = landscape.servers
    sizes = np.bincount(world.instances.cluster, minlength=len(world.clusters))
    critical = [
        int(sizes[number])
        for number, cluster in enumerate(world.clusters)
        if cluster.severity == CRITICAL
    ]
    assert 10 <= np.median(critical) <= 25


def test_one_exploited_flaw_is_open_and_past_two_weeks(landscape: Landscape) -> None:
    exploited = [c for c in landscape.servers.clusters if c.is_exploited]
    assert len(exploited) == 1
    assert STORY.days_left(exploited[0].opened) > 14
    assert exploited[0].closed > STORY.end_day


def test_identifiers_are_given_once(landscape: Landscape) -> None:
    worlds = (landscape.servers, landscape.images, landscape.repositories)
    cves = [cluster.cve for world in worlds for cluster in world.clusters]
    assert len(cves) == len(set(cves))


@pytest.mark.parametrize("seed", SEEDS)
def test_most_reviews_of_the_last_quarter_miss_their_promise(seed: int) -> None:
    reviews = reviews_of(np.random.default_rng(seed), STORY)
    recent = [r for r in reviews if STORY.days_left(r.received) < 90]
    calm = [r for r in reviews if STORY.days_left(r.received) > DEAL_ARRIVES]
    assert len(recent) >= 12
    assert _missed(recent) > 0.4
    assert _missed(calm) < 0.15


def _missed(reviews: list[Review]) -> float:
    late = [r for r in reviews if r.answered is None or r.answered > r.due]
    return len(late) / len(reviews)


@pytest.mark.parametrize("seed", SEEDS)
def test_closing_days_slip_and_meridian_is_open_and_late(seed: int) -> None:
    rng = np.random.default_rng(seed)
    reviews = reviews_of(rng, STORY)
    deals = deals_of(rng, STORY, reviews)
    slipped = [
        deal
        for deal in deals
        if deal.slipped_at is not None and 0 <= STORY.days_left(deal.slipped_at) < 90
    ]
    meridian = next(deal for deal in deals if "HITRUST r2 mandatory" in deal.demands)
    review = next(r for r in reviews if r.deal == meridian.id)
    assert len(slipped) >= 2
    assert review.answered is None
    assert review.due < STORY.end_day


@pytest.mark.parametrize("seed", SEEDS)
def test_twelve_percent_of_the_last_questions_are_uncertain(seed: int) -> None:
    rng = np.random.default_rng(seed)
    questions = questions_of(rng, STORY, reviews_of(rng, STORY))
    recent = [q for q in questions if STORY.days_left(q.answered) < 40]
    low = [
        q
        for q in recent
        if q.source in {"escalated", "declined"}
        or (q.confidence is not None and q.confidence < 3)
    ]
    rated = [q for q in recent if q.confidence is not None]
    assert len(recent) >= 200
    assert 0.09 <= len(low) / len(recent) < 0.15
    assert len(rated) / len(recent) > 0.9


@pytest.mark.parametrize("seed", SEEDS)
def test_under_half_of_the_security_work_is_unplanned(seed: int) -> None:
    tickets = tickets_of(np.random.default_rng(seed), STORY)
    recent = [t for t in tickets if t.is_security and 0 <= STORY.days_left(t.resolved) < 56]
    unplanned = sum(t.hours for t in recent if not t.is_planned)
    share = unplanned / sum(t.hours for t in recent)
    assert len(recent) >= 20
    assert 0.3 < share < 0.49


def test_soc_2_is_held_and_hitrust_is_not() -> None:
    rows = {row.id: row for row in certificates_on(STORY, STORY.end_day)}
    assert rows["SOC2-T2-3"].stage == "issued"
    assert rows["SOC2-T2-3"].bridge_until is not None
    assert rows["HITRUST-R2"].issued_on is None
    assert rows["HITRUST-R2"].is_required
    assert "HITRUST-R2" not in {
        row.id for row in certificates_on(STORY, STORY.before_today(DEAL_ARRIVES + 1))
    }


@pytest.mark.parametrize("seed", [3, 5])
def test_one_exception_is_over_one_ends_soon_and_none_is_of_a_critical(seed: int) -> None:
    world = build_landscape(np.random.default_rng(seed), STORY, _company(7))
    found = rulings_of(STORY, world)
    left = [ruling.days_left for ruling in found.register if ruling.days_left is not None]
    assert sum(days < 0 for days in left) == 1
    assert sum(0 < days < 14 for days in left) == 1
    by_name = {cluster.cve: cluster for cluster in world.repositories.clusters}
    decided = [by_name[one.vulnerability] for one in found.register if one.vulnerability]
    assert len({cluster.cve for cluster in decided}) == 4
    for ruling, cluster in zip(found.register, decided, strict=False):
        assert STORY.days_left(cluster.opened) > ruling.decided_days_ago
        assert cluster.severity < CRITICAL
    assert [word.status for word in found.words].count("not_affected") == 3
