"""The demo company's teams: every server and repository has one, and they go with the demo."""

import pytest
from tests.ledger.make import bring, day

from protem import flow
from protem.demo import names
from protem.demo.teams import TEAMS, team_rules
from protem.formats.records import Asset, AssetKind, Scan
from protem.ledger import services as ledger
from protem.ledger.labels import queries
from protem.ledger.labels.services import Edited, add_rule, import_rules
from protem.ledger.models import Asset as StoredAsset
from protem.ledger.rulebook import from_csv, parse_rule
from protem.people.access import OPERATOR

pytestmark = pytest.mark.django_db


@pytest.fixture
def teams() -> None:
    import_rules(Edited(by=OPERATOR, at=day(0)), from_csv(team_rules()), replacing=True)


@pytest.mark.usefixtures("teams")
def test_every_repository_and_image_has_a_team() -> None:
    targets = [f"repository:{name}" for name in names.REPOSITORIES]
    targets += [f"image:registry.tidemark.example/tidemark/{name}" for name in names.IMAGES]
    bring(*(Scan(tool="grype", target=target, as_of=day(0)) for target in targets))
    ledger.resolve_assets()
    groups = dict(StoredAsset.objects.values_list("name", "group"))
    assert len(groups) == len(targets)
    assert groups["payments-api"] == "Payments"
    assert groups["registry.tidemark.example/tidemark/payments-api"] == "Payments"
    assert groups["web-app"] == "Product"
    assert "" not in groups.values()
    assert {team.group for team in TEAMS} - set(groups.values()) == {"Corporate IT"}
    assert StoredAsset.objects.get(name="partner-portal").is_internet_exposed


@pytest.mark.usefixtures("teams")
def test_servers_have_the_team_of_their_tag_and_laptops_keep_their_user() -> None:
    servers = [
        Asset(source="ec2", external_id=tag, name=tag, tags=(f"Team={tag}",), owner="x")
        for tag in ("payments", "platform", "data", "corporate-it")
    ]
    laptop = Asset(source="ec2", external_id="lt", kind=AssetKind.LAPTOP, owner="ada")
    bring(Scan(tool="ec2", target="inventory:", as_of=day(0)), [*servers, laptop])
    ledger.resolve_assets()
    found = {a.name: (a.group, a.owner) for a in StoredAsset.objects.all()}
    assert found["data"] == ("Data", "team-data")
    assert found["corporate-it"] == ("Corporate IT", "team-corporate-it")
    assert found["lt"] == ("Corporate IT", "ada")


@pytest.mark.usefixtures("teams")
def test_the_rules_go_with_the_demo() -> None:
    flow.remove_demo(by=OPERATOR)
    assert queries.rules() == []


@pytest.mark.usefixtures("teams")
def test_rules_that_someone_changed_stay() -> None:
    add_rule(Edited(by=OPERATOR, at=day(1)), parse_rule({"name": "mine", "group": "Mine"}))
    count = len(queries.rules())
    flow.remove_demo(by=OPERATOR)
    assert len(queries.rules()) == count
