"""What the worker does for the site: imports, and acts that measure anew."""

import logging
from collections.abc import Sequence
from datetime import date

from django_tasks import task

from protem import flow
from protem.kit import clock
from protem.kit.errors import ProtemError
from protem.ledger.cuts import parse_cut
from protem.people.access import OPERATOR
from protem.sources import queries as sources
from protem.sources import services
from protem.web import queries

LOG = logging.getLogger(__name__)


@task()
def import_in_background(run_ids: Sequence[int]) -> None:
    """Import the kept files of these runs, then measure once what they touched.

    Files that cannot be read fail alone. A fault of the program fails what is left, so that
    nothing waits for ever.
    """
    found = [sources.run(OPERATOR, run_id) for run_id in run_ids]
    waiting = [run for run in found if run is not None and run.state == "queued"]
    try:
        flow.import_runs(waiting)
    except Exception:
        LOG.exception("importing %s failed", [run.name for run in waiting])
        _fail_what_is_left(run_ids)


@task()
def fetch_in_background(person_id: int) -> None:
    """Fetch the configured catalogues on behalf of a person; failures stand in the list."""
    flow.fetch(by=queries.person(person_id))


@task()
def revert_in_background(run_id: int, person_id: int) -> None:
    """Take an import out again on behalf of a person, and measure anew."""
    run = sources.run(OPERATOR, run_id)
    if run is not None and run.state == "done":
        flow.revert(run, by=queries.person(person_id))


@task()
def confirm_in_background(run_id: int, person_id: int) -> None:
    """Confirm on behalf of a person that a drop is real, and measure anew."""
    run = sources.run(OPERATOR, run_id)
    if run is not None:
        flow.confirm(run, by=queries.person(person_id))


@task()
def refresh_in_background(since: str) -> None:
    """Measure anew the weeks from a day on, given as ``2026-03-01``: after an edit."""
    flow.refresh(since=date.fromisoformat(since))


@task()
def read_signals_in_background() -> None:
    """Judge the signals of every week anew: after who leads has changed."""
    flow.read_signals_again()


@task()
def remeasure_in_background(cuts: Sequence[str]) -> None:
    """Measure anew after assets moved between these cuts, such as ``group:Payments``."""
    flow.remeasure([parse_cut(text) for text in cuts])


def _fail_what_is_left(run_ids: Sequence[int]) -> None:
    for view in sources.runs(OPERATOR, ids=run_ids, limit=len(run_ids)):
        run = sources.run(OPERATOR, view.id) if view.is_live else None
        if run is not None:
            services.fail(run=run, error=_surprise(run.name), at=clock.now())


def _surprise(name: str) -> ProtemError:
    return ProtemError(
        "Protem failed on this file in a way it should not",
        where=name,
        remedy="the server's log says more; please report it with the kind of export",
    )
