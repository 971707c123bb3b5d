"""What a second process reads is what this one would have read."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from protem.formats.detect import detect
from protem.formats.format import ExportFile, FormatError
from protem.ledger.reconcile import ahead
from protem.ledger.reconcile.intake import take_in

pytestmark = pytest.mark.pure

SAMPLES = Path(__file__).parent.parent / "samples"
WHEN = datetime(2026, 3, 1, tzinfo=UTC)


def test_every_sample_arrives_as_it_was_read() -> None:
    files = [
        ExportFile(path=path, name=path.name, modified_at=WHEN)
        for path in sorted(SAMPLES.rglob("*.*"))
        if path.suffix != ".toml"
    ]
    assert len(files) > ahead.FEWEST
    seen = list(ahead.read_ahead(files, format_name=None, target=""))
    assert [file for file, _read in seen] == files
    for file, read in seen:
        form = detect(file)
        assert read is not None
        assert read.recognised() is form
        assert read.taken() == take_in(form.parse(file))


def test_what_is_wrong_with_a_file_is_told_in_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "broken.json"
    path.write_text("{]")
    broken = ExportFile(path=path, name=path.name, modified_at=WHEN)
    (*_, (_file, read)) = ahead.read_ahead([broken] * 30, format_name="trivy", target="")
    assert read is not None
    assert read.recognised().name == "trivy"
    with pytest.raises(Exception, match="broken") as told:
        read.taken()
    with pytest.raises(FormatError) as own:
        take_in(detect(broken, name="trivy").parse(broken))
    assert str(told.value) == str(own.value)


def test_a_few_files_are_left_to_the_one_process(tmp_path: Path) -> None:
    file = ExportFile(path=tmp_path / "a", name="a", modified_at=WHEN)
    assert list(ahead.read_ahead([file], format_name=None, target="")) == [(file, None)]
