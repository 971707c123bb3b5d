"""What keeps the tree readable: guards instead of advice."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "protem").rglob("*.py"))
LONGEST = 400
MARKS = ("unittest[.]moc[k]", "NotImplemented[E]rror", r"\bTO[D]O\b", r"\bFIX[M]E\b")
BANNED = {"utils", "helpers", "common", "misc", "base", "manager", "core"}
pytestmark = pytest.mark.pure


def modules() -> list[Path]:
    return [path for path in SOURCES if "migrations" not in path.parts]


def test_no_module_is_longer_than_a_reader_bears():
    long = {str(p.relative_to(ROOT)): n for p in modules() if (n := _lines(p)) > LONGEST}
    assert not long


def test_no_module_has_a_name_that_means_nothing():
    assert not [path for path in modules() if path.stem in BANNED]


def test_every_module_tells_its_subject_first():
    exempt = {"apps.py"}
    silent = [
        str(path.relative_to(ROOT))
        for path in modules()
        if path.name not in exempt
        and path.read_text().strip()
        and not path.read_text().lstrip().startswith('"""')
    ]
    assert not silent


def test_only_the_clock_asks_the_time():
    asks = re.compile(r"datetime\.now\(|timezone\.now\(|date\.today\(|time\.time\(\)")
    found = [
        str(path.relative_to(ROOT))
        for path in modules()
        if asks.search(path.read_text()) and path.name != "clock.py"
    ]
    assert not found


def test_nothing_is_mocked_and_nothing_left_for_later():
    marks = re.compile("|".join(MARKS))
    files = [*modules(), *(ROOT / "tests").rglob("*.py")]
    assert not [str(path) for path in files if marks.search(path.read_text())]


def test_the_documents_name_every_format_and_every_command():
    from protem.cli.main import app
    from protem.formats.format import FORMATS

    formats = (ROOT / "docs" / "formats.md").read_text()
    assert not [name for name in FORMATS.names() if f"`{name}`" not in formats]
    readme = (ROOT / "README.md").read_text()
    shown = [command for command in app.registered_commands if not command.hidden]
    names = [c.name or getattr(c.callback, "__name__", "") for c in shown]
    assert not [name for name in names if f"`protem {name}" not in readme]


def test_the_documents_name_every_setting():
    settings = (ROOT / "docs" / "settings.md").read_text()
    code = "\n".join(path.read_text() for path in (ROOT / "src/protem/config").glob("*.py"))
    asked = set(re.findall(r'"((?:PROTEM_|DATABASE_)[A-Z_]+)"', code))
    assert not [name for name in asked if f"`{name}`" not in settings]


def _lines(path: Path) -> int:
    return len(path.read_text().splitlines())


def test_the_documents_say_what_each_format_proves_about_patches():
    from protem.formats.format import FORMATS

    formats = (ROOT / "docs" / "formats.md").read_text()
    wanted = [f"| `{f.name}` | {f.patch_proof.in_words}" for f in FORMATS if f.patch_proof]
    assert not [row for row in wanted if row not in formats]
