"""What every format promises, over every entry of the registry and every sample."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protem.formats.detect import detect
from protem.formats.format import FORMATS, ExportFile, Format, FormatError
from protem.formats.inspect import inspect
from protem.formats.records import Record

SAMPLES = Path(__file__).parents[1] / "samples"
FILES = sorted(
    path for path in SAMPLES.rglob("*") if path.is_file() and path.name != "expected.toml"
)
EACH_FILE = pytest.mark.parametrize(
    "path", FILES, ids=[str(path.relative_to(SAMPLES)) for path in FILES]
)
EACH_FORMAT = pytest.mark.parametrize("form", list(FORMATS), ids=FORMATS.names())
pytestmark = pytest.mark.pure


def export(path: Path, name: str = "") -> ExportFile:
    name = name or str(path.relative_to(SAMPLES))
    return ExportFile(path=path, name=name, modified_at=datetime(2026, 3, 1, tzinfo=UTC))


def format_of(path: Path) -> Format:
    return FORMATS.get(path.relative_to(SAMPLES).parts[0])


@EACH_FORMAT
def test_every_format_has_a_sample_and_says_how_to_get_an_export(form):
    assert any(format_of(path) is form for path in FILES)
    assert form.title
    assert form.example
    assert form.feeds


@EACH_FILE
def test_a_sample_is_claimed_by_its_format_and_no_other(path):
    assert detect(export(path)) is format_of(path)


@EACH_FILE
def test_a_sample_gives_records(path):
    records = list(format_of(path).parse(export(path)))
    assert records
    assert all(isinstance(record, Record) for record in records)


@EACH_FILE
def test_inspecting_a_sample_says_what_it_is(path):
    found = inspect(export(path))
    assert found.error is None
    assert found.format == format_of(path).name


@EACH_FILE
@settings(
    max_examples=25,
    deadline=5_000,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_a_mutated_sample_gives_records_or_a_format_error(path, data, tmp_path):
    mutated = tmp_path / path.name
    mutated.write_bytes(_mutate(path.read_bytes(), data))
    try:
        for record in format_of(path).parse(export(mutated, export(path).name)):
            assert isinstance(record, Record)
    except FormatError as error:
        assert error.where  # noqa: PT017 - records are an answer too
        assert error.remedy  # noqa: PT017


SWAPS = (b"null", b"[]", b"{}", b"-1", b'"\\u0000"', b"1e999", b"true", b"0001-01-01", b"<x>")


def _mutate(content: bytes, data: st.DataObject) -> bytes:
    place = data.draw(st.integers(0, len(content)))
    end = min(len(content), place + data.draw(st.integers(0, 40)))
    kind = data.draw(st.sampled_from(["cut", "delete", "repeat", "flip", "swap"]))
    if kind == "cut":
        return content[:place]
    if kind == "delete":
        return content[:place] + content[end:]
    if kind == "repeat":
        return content[:end] + content[place:]
    if kind == "flip":
        noise = data.draw(st.binary(max_size=8))
        return content[:place] + noise + content[place + len(noise) :]
    return content[:place] + data.draw(st.sampled_from(SWAPS)) + content[end:]
