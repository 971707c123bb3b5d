"""The owner changes how things are measured, and can set it back."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date

import pytest
from django.test import Client

from protem.kit import clock
from protem.ledger.definition import Definition
from protem.measure import queries
from protem.web.definition_form import DefinitionForm

PAGE = "/settings/definitions/"
Counting = Callable[[int], AbstractContextManager[object]]


def given(**changes: str) -> dict[str, str]:
    """What the form sends when only these fields are changed."""
    form = DefinitionForm(present=Definition(), latest=clock.now().date())
    sent = {name: str(field.initial or "") for name, field in form.fields.items()}
    return sent | {"why": "the board asked"} | changes


def test_the_form_sends_back_what_holds(loaded: Client) -> None:
    answer = loaded.post(PAGE, given(), follow=True)
    assert "defined already" in answer.content.decode()
    assert queries.definition_history() == []


def test_a_change_is_marked_on_the_chart_and_set_back(
    loaded: Client, django_assert_max_num_queries: Counting
) -> None:
    on = str(queries.history("mttr-critical")[-1].as_of.date())
    loaded.post(PAGE, given(critical_days="21", material_share="25", since=on))
    assert queries.definition_in_force() == Definition(critical_days=21, material_share=0.25)
    body = loaded.get("/measure/mttr-critical/").content.decode()
    assert "Definition changed: Critical: 30 days → 21 days" in body
    assert "else 21." in body
    assert "chart-note-definition" in body
    with django_assert_max_num_queries(10):
        page = loaded.get(PAGE).content.decode()
    assert "own numbers" in page
    assert "Before it" in page
    (version,) = queries.definition_history()
    loaded.post(f"{PAGE}{version.id}/restore/")
    assert queries.definition_in_force() == Definition()
    assert len(queries.definition_history()) == 2


def test_a_scheme_replaces_the_numbers(loaded: Client) -> None:
    loaded.post(PAGE, given(preset="bod-26-04", critical_days="300"))
    assert queries.definition_in_force().critical_days == 14


@pytest.mark.parametrize(
    "changes",
    [
        {"critical_days": "50"},
        {"critical_days": ""},
        {"critical_days": "nan"},
        {"window_days": "45"},
        {"material_share": "90"},
        {"why": ""},
        {"since": "2999-01-01"},
        {"preset": "vibes"},
    ],
)
def test_what_makes_no_sense_is_told_at_the_form(
    loaded: Client, changes: dict[str, str]
) -> None:
    answer = loaded.post(PAGE, given(**changes))
    assert answer.status_code == 400
    body = answer.content.decode()
    assert "field-errors" in body or "notice-bad" in body
    assert queries.definition_in_force() == Definition()


def test_a_change_that_is_not_there_cannot_be_set_back(loaded: Client) -> None:
    assert loaded.post(f"{PAGE}77/restore/").status_code == 400


def test_the_day_is_today_unless_said_otherwise() -> None:
    form = DefinitionForm(present=Definition(), latest=date(2026, 3, 1))
    assert form.fields["since"].initial == date(2026, 3, 1)
