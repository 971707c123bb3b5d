"""Writes three years of Tidemark's exports into a folder."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np

from protem.demo.company import Company, build_company
from protem.demo.deals import deals_of
from protem.demo.diary import diaries
from protem.demo.export import Export, Manifest
from protem.demo.landscape import Landscape, build_landscape
from protem.demo.patching import build_patching
from protem.demo.reviews import questions_of, reviews_of
from protem.demo.rulings import rulings_of
from protem.demo.story import WEEKS_PER_YEAR, Story
from protem.demo.tickets import tickets_of
from protem.demo.writers.advisories import write_advisories
from protem.demo.writers.calendars import write_calendars
from protem.demo.writers.code import write_code
from protem.demo.writers.containers import write_containers
from protem.demo.writers.dependabot import alerts_of, write_dependabot
from protem.demo.writers.inventories import write_inventories
from protem.demo.writers.nessus import write_nessus
from protem.demo.writers.patch_states import write_patch_states
from protem.demo.writers.patches import write_patches
from protem.demo.writers.registers import Registers, write_registers

_SUBJECTS = (
    "company",
    "flaws",
    "alerts",
    "code",
    "patches",
    "reviews",
    "deals",
    "diaries",
    "advisories",
)
"""A new one goes to the end, so that the chances of the others stay as they were."""


def write_company(
    folder: Path,
    *,
    until: date,
    years: int = 3,
    seed: int = 7,
    progress: Callable[[str, float], None] | None = None,
) -> Manifest:
    """Writes the exports that Tidemark's tools would have given in the ``years`` to ``until``.

    The same ``until``, ``years`` and ``seed`` give the same bytes. Files lie in
    ``<year>/<day>/`` and carry the time of their export. ``progress`` is told what is being
    written and the share done, 0 to 1.
    """
    story = Story(until=until, weeks=WEEKS_PER_YEAR * years + 1)
    chance = dict(
        zip(_SUBJECTS, np.random.default_rng(seed).spawn(len(_SUBJECTS)), strict=True)
    )
    export = Export(folder=folder, story=story, progress=progress)
    company = build_company(chance["company"], story)
    landscape = build_landscape(chance["flaws"], story, company)
    patching = build_patching(chance["patches"], story, company)
    export.tell("inventories", 0.05)
    write_inventories(export, company, patching)
    _write_findings(export, chance, company, landscape=landscape)
    export.tell("patch logs", 0.75)
    write_patches(export, patching)
    write_patch_states(export, company, patching)
    export.tell("reviews, deals and calendars", 0.9)
    counts = _write_work(export, chance)
    export.tell("done", 1.0)
    return export.manifest({**_counts(company, landscape, story), **counts})


def _write_findings(
    export: Export,
    chance: dict[str, np.random.Generator],
    company: Company,
    *,
    landscape: Landscape,
) -> None:
    export.tell("server scans", 0.15)
    write_nessus(export, company, landscape.servers)
    export.tell("image scans", 0.35)
    write_containers(export, company, landscape.images)
    export.tell("repository alerts", 0.55)
    alerts = alerts_of(chance["alerts"], export.story, company, world=landscape.repositories)
    write_dependabot(export, alerts)
    write_code(export, chance["code"], alerts)
    rulings = rulings_of(export.story, landscape)
    write_advisories(export, chance["advisories"], landscape, rulings=rulings)


def _write_work(export: Export, chance: dict[str, np.random.Generator]) -> dict[str, int]:
    story, rng = export.story, chance["reviews"]
    reviews = reviews_of(rng, story)
    registers = Registers(
        reviews=reviews,
        questions=questions_of(rng, story, reviews),
        deals=deals_of(chance["deals"], story, reviews),
        tickets=tickets_of(rng, story),
    )
    write_registers(export, registers)
    write_calendars(export, diaries(chance["diaries"], story, reviews))
    return {
        "reviews": len(registers.reviews),
        "questions": len(registers.questions),
        "tickets": len(registers.tickets),
    }


def _counts(company: Company, landscape: Landscape, story: Story) -> dict[str, int]:
    """How much there is of what, now or ever."""
    worlds = (landscape.servers, landscape.images, landscape.repositories)
    laptops = sum(laptop.is_alive(story.end_day) for laptop in company.laptops)
    return {
        "findings": sum(int((world.instances.closed > 0).sum()) for world in worlds),
        "open findings": sum(len(world.instances.open_on(story.end_day)) for world in worlds),
        "laptops": laptops,
        "servers": len(company.servers),
        "repositories": len(company.repositories),
        "images": len(company.images),
    }
