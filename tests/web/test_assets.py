"""The list of assets and the rules on groups and owners, as people use them."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.html import escape

from protem.ledger.labels.models import AssetRule
from protem.ledger.models import Asset
from protem.measure.cuts import queries as cuts

Counting = Callable[[int], AbstractContextManager[object]]


def text(client: Client, url: str, status: int = 200) -> str:
    answer = client.get(url)
    assert answer.status_code == status
    return answer.content.decode()


def add(client: Client, **fields: str) -> None:
    assert client.post("/assets/rules/add/", fields).status_code == 302


def test_before_the_first_file_the_list_says_what_belongs_there(site: Client) -> None:
    assert "No asset is known yet" in text(site, "/assets/")
    assert "No rule yet" in text(site, "/assets/rules/")


def test_the_list_shows_filters_and_pages_with_few_queries(
    loaded: Client, django_assert_max_num_queries: Counting
) -> None:
    with django_assert_max_num_queries(18):
        body = text(loaded, "/assets/")
    for asset in Asset.objects.all()[:3]:
        assert escape(asset.name) in body


def test_a_filter_that_matches_nothing_says_so(loaded: Client) -> None:
    assert "No asset matches" in text(loaded, "/assets/?search=no-such-thing&group=Gone")


def test_the_download_holds_all_that_match(loaded: Client) -> None:
    lines = b"".join(loaded.get("/assets.csv?retired=yes")).decode().splitlines()
    assert lines[0].startswith("Asset,Kind,System,Group,Owner,Criticality")
    assert len(lines) == 1 + Asset.objects.count()


def test_chosen_assets_get_a_group_and_it_can_be_undone(loaded: Client) -> None:
    one, other = Asset.objects.order_by("id")[:2]
    was = one.group
    given = {"asset": [one.pk], "group": "Payments", "query": "sort=name", "which": "chosen"}
    answer = loaded.post("/assets/label/", given)
    assert answer["Location"] == "/assets/?sort=name"
    one.refresh_from_db()
    assert (one.group, other.group == "Payments") == ("Payments", False)
    body = text(loaded, "/assets/?group=Payments")
    assert f"group Payments by rule 1: name is {escape(one.name)}" in body
    assert "Undo it" in body
    version = AssetRule.objects.get(until=None).since_id
    assert loaded.post("/assets/rules/undo/", {"version": version}).status_code == 302
    one.refresh_from_db()
    assert one.group == was


def test_all_that_match_get_an_owner(loaded: Client) -> None:
    kind = Asset.objects.order_by("id")[0].kind
    given = {"query": f"kind={kind}&retired=yes", "which": "all", "owner": "Dana"}
    loaded.post("/assets/label/", given)
    assert set(Asset.objects.filter(kind=kind).values_list("owner", flat=True)) == {"Dana"}


@pytest.mark.parametrize(
    "given",
    [
        {"which": "chosen", "group": "Payments"},
        {"which": "all", "query": "search=nothing-like-it", "group": "Payments"},
        {"which": "all"},
        {"asset": ["x", "\N{ARABIC-INDIC DIGIT ONE}"], "group": "Payments"},
        {"which": "all", "criticality": "huge"},
    ],
)
def test_an_act_on_nothing_is_refused(loaded: Client, given: dict[str, object]) -> None:
    assert loaded.post("/assets/label/", given).status_code == 400
    assert not AssetRule.objects.exists()


def test_a_rule_is_tried_before_it_is_saved(loaded: Client) -> None:
    fields = {"name": "*", "group": "Everyone", "try": "yes"}
    body = loaded.post("/assets/rules/add/", fields).content.decode()
    count = Asset.objects.count()
    assert f"It matches {count} assets and changes {count}." in body
    assert not AssetRule.objects.exists()


def test_rules_are_listed_edited_moved_and_switched(loaded: Client) -> None:
    add(loaded, name="*", group="Everyone", note="the rest")
    add(loaded, kind="laptop", group="Corporate IT", criticality="low")
    body = text(loaded, "/assets/rules/")
    assert "name matches *" in body
    assert "group Corporate IT, criticality low" in body
    for act in ("up", "off", "on", "down"):
        number = 2 if act == "up" else 1
        assert loaded.post(f"/assets/rules/{number}/act/", {"act": act}).status_code == 302
    assert "the rest" in text(loaded, "/assets/rules/1/")
    edited = {"name": "*", "group": "Everybody"}
    assert loaded.post("/assets/rules/1/", edited).status_code == 302
    assert loaded.post("/assets/rules/2/act/", {"act": "remove"}).status_code == 302
    assert {a.group for a in Asset.objects.all()} == {"Everybody"}
    assert text(loaded, "/assets/rules/9/", 404)
    assert loaded.post("/assets/rules/1/act/", {"act": "dance"}).status_code == 400


def test_numbers_of_the_group_are_measured_at_once(loaded: Client) -> None:
    add(loaded, name="*", group="Everyone")
    assert "group:Everyone" in map(str, cuts.measured())


def test_an_older_version_is_shown_and_brought_back(loaded: Client) -> None:
    add(loaded, name="*", group="One")
    first = AssetRule.objects.get().since_id
    add(loaded, name="*", owner="Two")
    assert "group One" in text(loaded, f"/assets/rules/versions/{first}/")
    assert loaded.post(f"/assets/rules/versions/{first}/restore/").status_code == 302
    assert AssetRule.objects.filter(until=None).count() == 1
    assert text(loaded, "/assets/rules/versions/9999/", 404)
    assert loaded.post("/assets/rules/versions/9999/restore/").status_code == 400


def test_what_someone_else_changed_is_not_overwritten(loaded: Client) -> None:
    add(loaded, name="*", group="One")
    stale = {"name": "*", "group": "Two", "version": "0"}
    answer = loaded.post("/assets/rules/add/", stale)
    assert answer.status_code == 400
    assert "in the meantime" in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"name": "*"}, "sets nothing"),
        ({"group": "Payments"}, "not which assets"),
        ({"name": "*", "criticality": "huge"}, "huge is not one of"),
    ],
)
def test_a_rule_that_says_too_little_is_told_at_the_form(
    site: Client, fields: dict[str, str], told: str
) -> None:
    answer = site.post("/assets/rules/add/", fields)
    assert answer.status_code == 400
    assert told in answer.content.decode()


def test_rules_go_out_and_come_in_as_csv(loaded: Client) -> None:
    add(loaded, name="pay-*; billing", group="Payments", owner="@acme/pay")
    exported = b"".join(loaded.get("/assets/rules.csv"))
    assert b"'@acme/pay" in exported
    for replacing, count in (({}, 2), ({"replacing": "on"}, 1)):
        file = SimpleUploadedFile("rules.csv", exported)
        answer = loaded.post("/assets/rules/import/", {"file": file, **replacing})
        assert answer.status_code == 302
        found = AssetRule.objects.filter(until=None)
        assert {rule.owner for rule in found} == {"@acme/pay"}
        assert found.count() == count


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"colour\nred\n", b""])
def test_a_file_that_holds_no_rules_is_refused(loaded: Client, content: bytes) -> None:
    file = SimpleUploadedFile("rules.csv", content)
    assert loaded.post("/assets/rules/import/", {"file": file}).status_code == 400
    assert not AssetRule.objects.exists()
