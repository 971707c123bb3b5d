"""What a second process reads is what this one would have read."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from multiprocessing import active_children
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
        own = take_in(form.parse(file), identity=form.identity)
        assert read.taken() == own
        assert read.taken().shown.equals(own.shown)


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


def test_files_are_left_to_the_writer_when_the_reader_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    path.write_text("{}".ljust(ahead.AT_ONCE))
    count = 2 * ahead.MOST_AHEAD // ahead.AT_ONCE
    files = [ExportFile(path=path, name=f"{n}", modified_at=WHEN) for n in range(count)]
    seen = ahead.read_ahead(files, format_name=None, target="")
    next(seen)
    (reader,) = active_children()
    reader.kill()
    rest = list(seen)
    assert [file for file, _read in rest] == files[1:]
    assert rest[-1][1] is None


def test_a_few_files_are_left_to_the_one_process(tmp_path: Path) -> None:
    file = ExportFile(path=tmp_path / "a", name="a", modified_at=WHEN)
    assert list(ahead.read_ahead([file], format_name=None, target="")) == [(file, None)]


def test_the_reader_ends_when_the_writer_is_killed(tmp_path: Path) -> None:
    """A writer that is killed cannot stop its reader; the reader notices by itself."""
    told = tmp_path / "reader"
    program = f"""
import os, signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from multiprocessing import active_children
from pathlib import Path
from protem.formats.format import ExportFile
from protem.ledger.reconcile import ahead

if __name__ == "__main__":
    when = datetime(2026, 3, 1, tzinfo=UTC)
    file = ExportFile(path=Path(__file__), name="it", modified_at=when)
    for _ in ahead.read_ahead([file] * 30, format_name=None, target=""):
        Path({str(told)!r}).write_text(str(active_children()[0].pid))
        os.kill(os.getpid(), signal.SIGKILL)
"""
    (tmp_path / "writer.py").write_text(program)
    subprocess.run([sys.executable, tmp_path / "writer.py"], check=False)
    reader = int(told.read_text())
    for _ in range(100):
        if not is_running(reader):
            break
        time.sleep(0.1)
    assert not is_running(reader)


def is_running(process: int) -> bool:
    """Whether there is such a process; one that only waits to be reaped is none."""
    try:
        os.kill(process, 0)
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"
