from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from protem.comply import queries, services
from protem.comply.forms import CertificateForm, months_after
from protem.comply.services import CertificateFields, NoSuchCertificateError
from protem.formats import records as said
from protem.people.access import OPERATOR, Refused
from protem.sources.models import ImportRun

NOW = datetime(2025, 5, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
pytestmark = pytest.mark.django_db


@dataclass
class Stranger:
    role: str = "nobody"
    is_active: bool = True


def enter(**given: Any) -> str:
    fields = CertificateFields(framework="SOC 2", level="Type 2", **given)
    return services.save_certificate(OPERATOR, known_at=NOW, fields=fields)


def form(**given: Any) -> CertificateForm:
    data = {"framework": "SOC 2", "stage": "planned", "is_required": "on", **given}
    return CertificateForm(data, as_of=NOW.date())


def test_an_entered_certificate_is_on_the_list():
    name = enter(stage="planned")
    (listed,) = queries.certificates(NOW)
    assert (listed.external_id, listed.framework, listed.stage) == (name, "SOC 2", "planned")
    assert queries.find_certificate(name, NOW) == listed
    assert queries.find_certificate("other", NOW) is None


def test_saving_again_adds_a_version():
    name = enter(stage="planned")
    fields = CertificateFields(framework="SOC 2", stage="observation")
    services.save_certificate(OPERATOR, known_at=LATER, fields=fields, external_id=name)
    assert [fact.stage for fact in queries.certificate_facts()] == ["planned", "observation"]
    assert queries.certificates(NOW)[0].stage == "planned"
    assert queries.certificates(LATER)[0].stage == "observation"


def test_removing_can_be_undone_and_the_past_stays():
    name = enter(scope="Platform")
    services.remove_certificate(OPERATOR, external_id=name, at=LATER)
    assert queries.certificates(LATER) == []
    assert len(queries.certificates(NOW)) == 1
    services.restore_certificate(OPERATOR, external_id=name, at=LATER)
    assert queries.certificates(LATER)[0].scope == "Platform"


def test_only_what_is_there_can_be_removed_and_only_what_was_removed_restored():
    name = enter()
    with pytest.raises(NoSuchCertificateError):
        services.restore_certificate(OPERATOR, external_id=name, at=NOW)
    services.remove_certificate(OPERATOR, external_id=name, at=NOW)
    for missing in (name, "other"):
        with pytest.raises(NoSuchCertificateError):
            services.remove_certificate(OPERATOR, external_id=missing, at=NOW)


def test_nobody_without_the_right_may_edit():
    fields = CertificateFields(framework="SOC 2")
    name = enter()
    with pytest.raises(Refused):
        services.save_certificate(Stranger(), known_at=NOW, fields=fields)
    with pytest.raises(Refused):
        services.remove_certificate(Stranger(), external_id=name, at=NOW)
    with pytest.raises(Refused):
        services.restore_certificate(Stranger(), external_id=name, at=NOW)


def test_imported_certificates_are_versions_too_and_reverted_ones_do_not_count():
    def run(state: str) -> int:
        return ImportRun.objects.create(
            name="f",
            content_hash="h",
            size=1,
            state=state,
            file_modified_at=NOW,
            arrived_at=NOW,
        ).pk

    given = [
        said.Certificate(external_id="C-1", framework="ISO 27001"),
        said.Skipped(reason=""),
    ]
    assert services.record(run("done"), NOW, given) == 1
    assert services.record(run("reverted"), LATER, given) == 1
    enter()
    assert queries.certificates(LATER)[0].external_id == "C-1"
    assert len(queries.certificate_facts()) == 2


def test_a_correct_form_gives_the_fields():
    given = form(
        stage="issued", period_start="2024-01-01", period_end="2024-12-31",
        issued_on="2025-02-01", bridge_until="2025-03-31", opinion="unqualified",
    )  # fmt: skip
    assert given.is_valid(), given.errors
    fields = given.fields_entered()
    assert fields.period_end == date(2024, 12, 31)
    assert fields.is_required
    assert fields.opinion == "unqualified"


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"framework": ""}, "framework", "Name the framework"),
        ({"period_start": "2025-02-01", "period_end": "2025-02-01"}, "period_end", "end after"),
        ({"period_start": "2025-02-01"}, "period_end", "Say when the period ends"),
        ({"stage": "issued"}, "issued_on", "Say when it was issued"),
        ({"stage": "issued", "issued_on": "2025-06-01"}, "issued_on", "lies in the future"),
        ({"stage": "planned", "issued_on": "2025-01-01"}, "stage", "choose “Issued”"),
        ({"stage": "issued", "issued_on": "2025-01-02", "expires_on": "2025-01-02"},
         "expires_on", "expire after"),
        ({"stage": "issued", "issued_on": "2025-01-02", "period_start": "2024-06-01",
          "period_end": "2025-02-01"}, "issued_on", "after its period has ended"),
        ({"bridge_until": "2025-02-01"}, "bridge_until", "Say when the period before"),
        ({"period_start": "2024-01-01", "period_end": "2024-11-30",
          "bridge_until": "2025-03-01"}, "bridge_until", "28 Feb 2025 at the latest"),
        ({"period_start": "2024-01-01", "period_end": "2024-11-30",
          "bridge_until": "2024-11-30"}, "bridge_until", "after the period ends"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(given, field, words):
    bound = form(**given)
    assert not bound.is_valid()
    assert words in str(bound.errors[field])


def test_months_end_on_the_last_day_of_shorter_ones():
    assert months_after(date(2024, 11, 30), 3) == date(2025, 2, 28)
    assert months_after(date(2025, 9, 30), 3) == date(2025, 12, 30)
