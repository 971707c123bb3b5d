"""The list of assets: filters, search, order, and what agent lists say."""

import pytest
from tests.ledger.make import bring, day, finding, scan

from protem.formats.records import Agent, AgentState, Asset, AssetKind, Scan
from protem.ledger import services as ledger
from protem.ledger.assets.queries import AssetFilter, AssetList, Edr, choices
from protem.ledger.labels.services import Edited, import_rules
from protem.ledger.rulebook import from_csv
from protem.people.access import OPERATOR

pytestmark = pytest.mark.django_db
RULES = """name,tag,group,criticality,owner,internet_exposed
pay-*,,Payments,critical,dana,yes
,team=data,Data,high,,
"""


@pytest.fixture(autouse=True)
def company() -> None:
    def server(name: str, **given: object) -> Asset:
        fields: dict[str, object] = {
            "source": "ec2",
            "external_id": f"i-{name}",
            "name": name,
            "serial": f"SER-{name.lower()}",
            "hostname": f"{name}.acme.internal",
            "kind": AssetKind.SERVER,
            "os_family": "linux",
        }
        return Asset(**(fields | given))  # type: ignore[arg-type]

    servers = [
        server("pay-1"),
        server("pay-2"),
        server("etl-1", tags=("team=data", "städte=köln")),
    ]
    laptop = server("Lap-1", kind=AssetKind.LAPTOP, os_family="macos")
    bring(Scan(tool="ec2", target="inventory:", as_of=day(-7)), [*servers, server("old-1")])
    bring(Scan(tool="ec2", target="inventory:", as_of=day(0)), [*servers, laptop])
    agents = [
        ("pay-1", AgentState.PROTECTING, 0),
        ("pay-2", AgentState.PROTECTING, 5),
        ("lap-1", AgentState.PROTECTING, 5),
        ("etl-1", AgentState.DECOMMISSIONED, 0),
    ]
    bring(
        Scan(tool="falcon", target="inventory:", as_of=day(0)),
        [
            Agent(
                source="falcon",
                external_id=n,
                hostname=n,
                serial=f"SER-{n}",
                state=s,
                seen_at=day(-silent),
            )
            for n, s, silent in agents
        ],
    )
    bring(scan(0), [finding()])
    ledger.resolve_assets()
    import_rules(Edited(by=OPERATOR, at=day(1)), from_csv(RULES), replacing=True)


def names(*, sort: str = "", **wanted: str) -> list[str]:
    return [row.name for row in AssetList(AssetFilter(**wanted), sort=sort)]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, {"pay-1", "pay-2", "etl-1", "Lap-1", "acme/web"}),
        ({"retired": "yes"}, {"pay-1", "pay-2", "etl-1", "Lap-1", "acme/web", "old-1"}),
        ({"kind": "server"}, {"pay-1", "pay-2", "etl-1"}),
        ({"os": "macos"}, {"Lap-1"}),
        ({"group": "Payments"}, {"pay-1", "pay-2"}),
        ({"group": "none"}, {"Lap-1", "acme/web"}),
        ({"criticality": "high"}, {"etl-1"}),
        ({"owner": "dana"}, {"pay-1", "pay-2"}),
        ({"source": "falcon"}, {"pay-1", "pay-2", "Lap-1", "etl-1"}),
        ({"exposed": "yes"}, {"pay-1", "pay-2"}),
        ({"tag": "team=data"}, {"etl-1"}),
        ({"tag": "tea*"}, {"etl-1"}),
        ({"tag": "Team=Data"}, {"etl-1"}),
        ({"tag": "städte=köln"}, {"etl-1"}),
        ({"tag": "team"}, set()),
        ({"search": "LAP"}, {"Lap-1"}),
        ({"search": "ser-pay-1"}, {"pay-1"}),
        ({"search": "acme.internal", "kind": "laptop"}, {"Lap-1"}),
        ({"search": "%"}, set()),
        ({"edr": "healthy"}, {"pay-1", "Lap-1"}),
        ({"edr": "not healthy"}, {"pay-2"}),
        ({"edr": "missing"}, {"etl-1"}),
        ({"edr": "not needed"}, {"acme/web"}),
    ],
)
def test_filters_choose(wanted: dict[str, str], expected: set[str]) -> None:
    assert set(names(**wanted)) == expected


def test_rows_say_what_agent_lists_say() -> None:
    found = {row.name: (row.edr, row.sources) for row in AssetList(AssetFilter())}
    assert found == {
        "pay-1": (Edr.HEALTHY, ["ec2", "falcon"]),
        "pay-2": (Edr.WEAK, ["ec2", "falcon"]),
        "Lap-1": (Edr.HEALTHY, ["ec2", "falcon"]),
        "etl-1": (Edr.MISSING, ["ec2", "falcon"]),
        "acme/web": (Edr.NOT_NEEDED, ["repository"]),
    }


def test_the_order_is_as_asked() -> None:
    assert names(sort="name") == ["acme/web", "etl-1", "Lap-1", "pay-1", "pay-2"]
    assert names(sort="-criticality")[:3] == ["pay-1", "pay-2", "etl-1"]
    assert names(sort="nonsense") == names()


def test_a_slice_is_a_page() -> None:
    found = AssetList(AssetFilter(), sort="name")
    assert len(found) == 5
    assert [row.name for row in found[1:3]] == ["etl-1", "Lap-1"]


def test_the_filters_offer_what_there_is() -> None:
    found = choices()
    assert found.group == {"": 2, "Data": 1, "Payments": 2}
    assert found.kind == {"laptop": 1, "repository": 1, "server": 3}
    assert list(found.criticality) == ["critical", "high", "normal", "low"]
    assert found.source == ["ec2", "falcon", "repository"]
