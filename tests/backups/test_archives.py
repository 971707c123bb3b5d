"""The file itself: written whole or not at all, and never read as what it is not."""

import json
import stat
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.backups.conftest import AT

from protem.backups.archive import (
    DATABASE,
    Archive,
    Contents,
    is_encrypted,
    open_archive,
    write_archive,
)
from protem.backups.errors import (
    BackupError,
    Damaged,
    NotABackup,
    Unsuitable,
    WrongPassphrase,
)

PASSPHRASE = "seven quiet lanterns"
CONTENTS = Contents(
    instance="Brightloom",
    version="0.1.0",
    created_at=AT,
    vendor="sqlite",
    migrations={"people": ["0001_initial"]},
    rows={"people_company": 1},
)
pytestmark = pytest.mark.pure


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("archive")


@pytest.fixture(scope="module")
def written(folder: Path) -> Path:
    (folder / "database").write_bytes(b"rows and rows " * 90)
    (folder / "kept").write_bytes(b"an export")
    members = [
        (DATABASE, folder / "database"),
        ("files/imports/ab/abcd", folder / "kept"),
        ("files/imports/ab/gone", folder / "gone"),
    ]
    write_archive(folder / "a.protem", CONTENTS, members)
    write_archive(folder / "b.protem", CONTENTS, members, passphrase=PASSPHRASE, cost=10)
    return folder / "a.protem"


def read(path: Path, passphrase: str = "") -> dict[str, bytes]:
    """What is in a backup, once it was verified."""
    with open_archive(path, passphrase) as archive:
        archive.verify()
        return {one.name: _content(archive, one.name, path) for one in archive.manifest.members}


def _content(archive: Archive, name: str, beside: Path) -> bytes:
    out = beside.with_suffix(".out")
    out.unlink(missing_ok=True)
    archive.extract(name, out)
    return out.read_bytes()


def test_it_gives_back_what_was_put_in(written: Path):
    found = read(written)
    assert found == {DATABASE: b"rows and rows " * 90, "files/imports/ab/abcd": b"an export"}
    assert read(written.with_name("b.protem"), PASSPHRASE) == found
    assert stat.S_IMODE(written.stat().st_mode) == 0o600


def test_an_encrypted_one_needs_its_passphrase(written: Path):
    sealed = written.with_name("b.protem")
    assert is_encrypted(sealed)
    assert not is_encrypted(written)
    assert not is_encrypted(written.with_name("nowhere"))
    with pytest.raises(WrongPassphrase, match="encrypted"):
        read(sealed)
    with pytest.raises(WrongPassphrase, match="does not open"):
        read(sealed, "another one altogether")


@settings(max_examples=150)
@given(data=st.data())
def test_a_flipped_byte_never_gives_other_content(written: Path, data: st.DataObject):
    raw = bytearray(written.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    altered = written.with_name("altered")
    altered.write_bytes(raw)
    try:
        found = read(altered)
    except BackupError:
        return
    assert found == read(written)


@settings(max_examples=60)
@given(data=st.data())
def test_a_cut_file_does_not_open(written: Path, data: st.DataObject):
    raw = written.read_bytes()
    altered = written.with_name("altered")
    altered.write_bytes(raw[: data.draw(st.integers(0, len(raw) - 1))])
    with pytest.raises(BackupError):
        read(altered)


def test_other_files_are_not_taken_for_a_backup(folder: Path):
    (folder / "notes.txt").write_text("not a backup")
    with pytest.raises(NotABackup, match="no backup of Protem"):
        read(folder / "notes.txt")
    with pytest.raises(NotABackup, match="No such file"):
        read(folder / "nowhere")
    with zipfile.ZipFile(folder / "other.zip", "w") as other:
        other.writestr("a.csv", "a,b")
    with pytest.raises(Damaged):
        read(folder / "other.zip")


@pytest.mark.parametrize(
    "name", ["files/../../evil", "/etc/evil", "files/a\\b", "evil", "files/c:/d"]
)
def test_a_member_cannot_leave_its_folder(folder: Path, name: str):
    _forge(folder / "forged", {DATABASE: b"", name: b"evil"})
    with pytest.raises(Damaged):
        read(folder / "forged")


def test_a_member_that_is_not_in_the_manifest_is_refused(written: Path):
    altered = written.with_name("more")
    altered.write_bytes(written.read_bytes())
    with zipfile.ZipFile(altered, "a") as more:
        more.writestr("files/more", "more")
    with pytest.raises(Damaged):
        read(altered)


def test_a_newer_form_is_told_from_damage(folder: Path):
    _forge(folder / "newer", {DATABASE: b""}, form=2)
    with pytest.raises(Unsuitable, match="newer version"):
        read(folder / "newer")


def test_nothing_is_left_of_one_that_could_not_be_written(folder: Path, written: Path):
    def stop(_size: int) -> None:
        raise KeyboardInterrupt

    before = written.read_bytes()
    with pytest.raises(KeyboardInterrupt):
        write_archive(written, CONTENTS, [(DATABASE, folder / "database")], tell=stop)
    assert written.read_bytes() == before
    assert not written.with_name("a.protem.part").exists()


def test_a_full_disk_is_told_and_leaves_nothing(folder: Path):
    def fill(_size: int) -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(BackupError, match="No space left"):
        write_archive(
            folder / "d.protem", CONTENTS, [(DATABASE, folder / "database")], tell=fill
        )
    assert not list(folder.glob("d.protem*"))


def test_two_are_not_written_to_one_place_at_once(folder: Path):
    (folder / "c.protem.part").touch()
    with pytest.raises(BackupError, match="being written"):
        write_archive(folder / "c.protem", CONTENTS, [])
    with pytest.raises(BackupError, match="cannot be written"):
        write_archive(folder / "nowhere" / "c.protem", CONTENTS, [])


def _forge(path: Path, members: dict[str, bytes], form: int = 1) -> None:
    from hashlib import sha256

    listed = [
        {"name": name, "size": len(content), "sha256": sha256(content).hexdigest()}
        for name, content in members.items()
    ]
    contents = {
        "instance": "x",
        "version": "9",
        "created_at": AT.isoformat(),
        "vendor": "sqlite",
        "migrations": {},
        "rows": {},
    }
    manifest = {"format": form, "contents": contents, "members": listed}
    with zipfile.ZipFile(path, "w") as forged:
        for name, content in members.items():
            forged.writestr(name, content)
        forged.writestr("manifest.json", json.dumps(manifest))
