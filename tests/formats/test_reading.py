"""Files, folders and archives are opened, and hostile archives are refused."""

import bz2
import gzip
import io
import os
import stat
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protem.formats import archives
from protem.formats.archives import printable
from protem.formats.format import ExportFile, FormatError
from protem.formats.reading import HEAD_BYTES, expand, head

pytestmark = pytest.mark.pure


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def given_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "given"
    folder.mkdir()
    return folder


def put(folder: Path, name: str, content: bytes = b"x") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes], method: int = 8) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return stream.getvalue()


def names(workspace: Path, *paths: Path) -> dict[str, bytes]:
    return {file.name: file.path.read_bytes() for file in expand(paths, workspace=workspace)}


def refusal(workspace: Path, *paths: Path) -> FormatError:
    with pytest.raises(FormatError) as caught:
        list(expand(paths, workspace=workspace))
    assert caught.value.where
    assert caught.value.remedy
    return caught.value


def test_a_plain_file_is_itself(given_folder: Path, workspace: Path) -> None:
    path = put(given_folder, "trivy.json", b"{}")
    os.utime(path, (1_772_000_000, 1_772_000_000))
    (file,) = expand([path], workspace=workspace)
    assert (file.path, file.name) == (path, "trivy.json")
    assert file.modified_at == datetime.fromtimestamp(1_772_000_000, tz=UTC)


def test_a_folder_is_walked_in_order_and_names_count_from_its_parent(
    given_folder: Path, workspace: Path
) -> None:
    put(given_folder, "web-02/dpkg.log", b"2")
    put(given_folder, "web-01/dpkg.log", b"1")
    put(given_folder, "a.json", b"a")
    for hidden in (".git/config", "__MACOSX/a.json", ".DS_Store"):
        put(given_folder, hidden)
    (given_folder / "latest.json").symlink_to(given_folder / "a.json")
    found = names(workspace, given_folder)
    assert list(found) == ["given/a.json", "given/web-01/dpkg.log", "given/web-02/dpkg.log"]


def test_gzip_is_told_by_content_and_keeps_its_name(
    given_folder: Path, workspace: Path
) -> None:
    path = put(given_folder, "web-01/dpkg.log.2", gzip.compress(b"log", mtime=0))
    assert names(workspace, path) == {"dpkg.log.2": b"log"}


def test_a_zip_is_opened_one_level_deep(given_folder: Path, workspace: Path) -> None:
    inner = zipped(("b.json", b"b"))
    content = zipped(
        ("web/trivy.json", b"t"),
        ("more.zip", inner),
        ("log.gz", gzip.compress(b"log", mtime=0)),
        ("__MACOSX/web/._trivy.json", b"junk"),
        ("web/.hidden", b"junk"),
        ("folder/", b""),
    )
    assert names(workspace, put(given_folder, "exports", content)) == {
        "exports!log.gz": b"log",
        "exports!more.zip!b.json": b"b",
        "exports!web/trivy.json": b"t",
    }


def test_what_is_left_of_opened_archives_is_removed(
    given_folder: Path, workspace: Path
) -> None:
    content = zipped(("more.zip", zipped(("b.json", b"b"))))
    names(workspace, put(given_folder, "exports.zip", content))
    assert len(list(workspace.iterdir())) == 1


def test_the_time_is_the_entrys_own(given_folder: Path, workspace: Path) -> None:
    dated = zipfile.ZipInfo("a.json", (2026, 2, 3, 4, 5, 6))
    path = put(given_folder, "e.zip", zipped((dated, b"a"), (zipfile.ZipInfo("b.json"), b"b")))
    first, second = expand([path], workspace=workspace)
    assert first.modified_at == datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
    modified = datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
    assert second.modified_at == modified


def test_an_impossible_time_is_the_archives(given_folder: Path, workspace: Path) -> None:
    content = bytearray(zipped((zipfile.ZipInfo("a.json", (2026, 2, 3, 4, 5, 6)), b"a")))
    at = content.index(b"PK\x01\x02") + 14
    content[at : at + 2] = b"\x00\x5c"  # month 0, day 0
    path = put(given_folder, "e.zip", bytes(content))
    (file,) = expand([path], workspace=workspace)
    assert file.modified_at == datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)


def test_an_office_document_is_one_file(given_folder: Path, workspace: Path) -> None:
    content = zipped(("[Content_Types].xml", b"<x/>"), ("xl/sheet1.xml", b"<x/>"))
    assert names(workspace, put(given_folder, "list.xlsx", content)) == {"list.xlsx": content}


def test_nesting_ends_at_the_second_layer(given_folder: Path, workspace: Path) -> None:
    content = zipped(("a.zip", zipped(("b.zip", zipped(("c", b"c"))))))
    assert "nested" in refusal(workspace, put(given_folder, "e.zip", content)).what


@pytest.mark.parametrize("pack", [gzip.compress, lambda data: zipped(("a", data))])
def test_a_bomb_is_refused_before_it_fills_the_disk(
    pack, given_folder: Path, workspace: Path
) -> None:
    error = refusal(workspace, put(given_folder, "bomb", pack(b"\0" * (8 << 20))))
    assert "200 times" in error.what
    assert sum(each.stat().st_size for each in workspace.iterdir()) <= 1 << 20


def test_nested_bombs_count_against_the_outermost(given_folder: Path, workspace: Path) -> None:
    inner = zipped(*((f"{n}", b"\0" * 150_000) for n in range(20)))
    error = refusal(workspace, put(given_folder, "bomb", zipped(("inner", inner))))
    assert "200 times" in error.what


def test_all_archives_share_one_limit(
    given_folder: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 250)
    paths = [put(given_folder, f"{n}.gz", gzip.compress(b"x" * 100, mtime=0)) for n in range(3)]
    assert len(list(expand(paths[:2], workspace=workspace))) == 2
    refusal(workspace, *paths)


def test_too_many_entries_are_refused(
    given_folder: Path, workspace: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = zipped(*((f"{n}", b"") for n in range(4)))
    monkeypatch.setattr(archives, "MOST_ENTRIES", 3)
    assert "files" in refusal(workspace, put(given_folder, "e.zip", content)).what
    monkeypatch.setattr(archives, "MOST_ENTRIES", 4)
    monkeypatch.setattr(archives, "MOST_DIRECTORY_BYTES", 100)
    assert "files" in refusal(workspace, put(given_folder, "e.zip", content)).what


@pytest.mark.parametrize(
    "name", ["../up.json", "a/../../up.json", "/etc/passwd", "C:/x.json", "..\\up.json"]
)
def test_a_path_out_of_the_archive_is_refused(
    name: str, given_folder: Path, workspace: Path
) -> None:
    error = refusal(workspace, put(given_folder, "e.zip", zipped((name, b"x"))))
    assert "leads out" in error.what


def test_a_link_is_refused(given_folder: Path, workspace: Path) -> None:
    link = zipfile.ZipInfo("a.json")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    error = refusal(workspace, put(given_folder, "e.zip", zipped((link, b"/etc/passwd"))))
    assert "link" in error.what


def test_an_encrypted_archive_says_what_to_do(given_folder: Path, workspace: Path) -> None:
    content = bytearray(zipped(("a.json", b"x")))
    content[6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    error = refusal(workspace, put(given_folder, "e.zip", bytes(content)))
    assert "encrypted" in error.what
    assert "password" in error.remedy


def test_an_unusual_compression_is_refused(given_folder: Path, workspace: Path) -> None:
    content = zipped(("a.json", b"x" * 100), method=zipfile.ZIP_LZMA)
    assert "compression" in refusal(workspace, put(given_folder, "e.zip", content)).what


def test_an_archive_of_nothing_is_refused(given_folder: Path, workspace: Path) -> None:
    assert "no files" in refusal(workspace, put(given_folder, "e.zip", zipped())).what


@pytest.mark.parametrize(
    "content", [gzip.compress(b"x" * 999, mtime=0)[:-9], b"\x1f\x8b\0", b"PK\x03\x04"]
)
def test_a_broken_archive_is_refused(
    content: bytes, given_folder: Path, workspace: Path
) -> None:
    assert "broken" in refusal(workspace, put(given_folder, "e", content)).what


def test_a_wrong_checksum_is_refused(given_folder: Path, workspace: Path) -> None:
    content = zipped(("a.json", b"honest"), method=zipfile.ZIP_STORED)
    path = put(given_folder, "e.zip", content.replace(b"honest", b"forged"))
    assert "broken" in refusal(workspace, path).what


def test_other_archives_are_left_as_they_are(given_folder: Path, workspace: Path) -> None:
    content = bz2.compress(b"x")
    assert names(workspace, put(given_folder, "a.bz2", content)) == {"a.bz2": content}


def test_a_missing_path_is_named(given_folder: Path, workspace: Path) -> None:
    error = refusal(workspace, given_folder / "nothing.json")
    assert "nothing.json" in error.where
    assert "no such file" in error.what


def test_an_empty_folder_and_a_pipe_are_refused(given_folder: Path, workspace: Path) -> None:
    assert "no files" in refusal(workspace, given_folder).what
    pipe = given_folder / "pipe"
    os.mkfifo(pipe)
    assert "neither" in refusal(workspace, pipe).what
    assert "no files" in refusal(workspace, given_folder).what


def test_a_path_with_a_zero_byte_is_refused(workspace: Path) -> None:
    assert "cannot be opened" in refusal(workspace, Path("a\0b")).what


def test_with_somebody_to_tell_the_others_go_on(given_folder: Path, workspace: Path) -> None:
    put(given_folder, "a.json", b"a")
    put(given_folder, "b.zip", b"PK\x03\x04")
    put(given_folder, "c.json", b"c")
    told: list[FormatError] = []
    paths = [given_folder / "none", given_folder]
    found = list(expand(paths, workspace=workspace, on_error=told.append))
    assert [file.name for file in found] == ["given/a.json", "given/c.json"]
    assert ["none" in told[0].where, told[1].where] == [True, "given/b.zip"]


def test_a_file_that_goes_away_in_between_is_refused(
    given_folder: Path, workspace: Path
) -> None:
    for name in ("a", "b"):
        put(given_folder, name)
    files = expand([given_folder], workspace=workspace)
    next(files)
    (given_folder / "b").unlink()
    with pytest.raises(FormatError, match="no such file"):
        list(files)


def test_a_folder_that_goes_away_in_between_is_refused(
    given_folder: Path, workspace: Path
) -> None:
    put(given_folder, "a.json")
    gone = put(given_folder, "b/c.json")
    files = expand([given_folder], workspace=workspace)
    next(files)
    gone.unlink()
    gone.parent.rmdir()
    with pytest.raises(FormatError, match="no such file"):
        list(files)


def test_what_cannot_be_opened_is_refused(given_folder: Path, workspace: Path) -> None:
    for path in (given_folder, given_folder / "none"):
        file = ExportFile(path=path, name="n", modified_at=datetime.now(tz=UTC))
        with pytest.raises(FormatError) as caught:
            list(archives.Unpacker(workspace).open(file))
        assert caught.value.remedy


def test_the_head_is_64_kib(given_folder: Path) -> None:
    path = put(given_folder, "a", b"x" * (HEAD_BYTES + 1))
    now = datetime.now(tz=UTC)
    assert len(head(ExportFile(path=path, name="a", modified_at=now))) == HEAD_BYTES
    with pytest.raises(FormatError, match="no such file"):
        head(ExportFile(path=given_folder / "none", name="none", modified_at=now))


@pytest.mark.parametrize("content", [b"", b" \n\t"])
def test_an_empty_file_says_so(content: bytes, given_folder: Path) -> None:
    path = put(given_folder, "a", content)
    with pytest.raises(FormatError, match="is empty") as caught:
        head(ExportFile(path=path, name="a", modified_at=datetime.now(tz=UTC)))
    assert caught.value.remedy


def test_names_upset_no_terminal() -> None:
    assert printable("a\x1b[2Jb\udcff") == "a\ufffd[2Jb\ufffd"
    assert len(printable("x" * 10_000)) < 500


@settings(max_examples=60, suppress_health_check=list(HealthCheck), deadline=5_000)
@given(data=st.data())
def test_a_mutated_archive_is_opened_or_refused(
    data: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("mutated")
    content = data.draw(
        st.sampled_from(
            [zipped(("a/b.json", b"x" * 50), ("c", b"y")), gzip.compress(b"z" * 99, mtime=0)]
        )
    )
    at = data.draw(st.integers(0, len(content) - 1))
    end = at + data.draw(st.integers(0, 8))
    noise = data.draw(st.binary(max_size=8))
    path = put(folder, "e", content[:at] + noise + content[end:])
    told: list[FormatError] = []
    for file in expand([path], workspace=folder, on_error=told.append):
        assert file.path.is_file()
    assert all(error.where and error.remedy for error in told)
