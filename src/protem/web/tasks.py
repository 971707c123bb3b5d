"""What the worker does for the site: imports, and acts that measure anew."""

import logging
from collections.abc import Sequence

from django_tasks import task

from protem import flow
from protem.kit import clock
from protem.kit.errors import ProtemError
from protem.people.access import OPERATOR
from protem.sources import queries as sources
from protem.sources import services
from protem.web import queries

LOG = logging.getLogger(__name__)


@task()
def import_in_background(run_ids: Sequence[int]) -> None:
    """Import the kept files of these runs in turn, then measure once what they touched."""
    touched = []
    for run_id in run_ids:
        run = sources.run(OPERATOR, run_id)
        if run is None or run.state != "queued":
            continue
        try:
            flow.import_run(run)
        except Exception:  # noqa: BLE001 - a surprise in one file must not lose the others
            LOG.exception("import %s failed unexpectedly", run_id)
            services.fail(run=run, error=_surprise(run.name), at=clock.now())
        if run.state == "done" and run.touched_on:
            touched.append(run.touched_on)
    if touched:
        flow.refresh(since=min(touched))


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


def _surprise(name: str) -> ProtemError:
    return ProtemError(
        "Protem failed on this file in a way it should not",
        where=name,
        remedy="the server's log says more; please report it with the kind of export",
    )
