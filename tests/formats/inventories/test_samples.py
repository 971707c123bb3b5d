"""Every sample is read as its expected.toml says, whatever encoding it comes in."""

import random
from collections import Counter
from pathlib import Path

import pytest
from tests.formats.inventories.exports import (
    OURS,
    claimed_by,
    counts,
    expected,
    read,
    read_path,
    refusal_of,
    samples,
    skipped,
)

from protem.formats.format import FORMATS, FormatError
from protem.formats.records import Finding, Scan

ALL = pytest.mark.parametrize(("name", "path"), samples(), ids=lambda value: str(value)[-40:])


def test_each_format_has_a_sample() -> None:
    assert {name for name, _ in samples()} == set(OURS)


@ALL
def test_sample_is_read_as_expected(name: str, path: Path) -> None:
    records = read_path(name, path)
    wanted = expected(name, path)
    scans = [each for each in records if isinstance(each, Scan)]
    assert [scan.target for scan in scans] == wanted["scopes"]
    assert [scan.as_of for scan in scans if scan.as_of] == wanted["as_of"]
    assert all(scan.is_complete is wanted.get("is_complete", True) for scan in scans)
    assert all(bool(scan.problem) is not scan.is_complete for scan in scans)
    assert counts(records) == wanted["records"]
    assert skipped(records) == wanted["skipped"]
    severities = Counter(f.severity.name.lower() for f in records if isinstance(f, Finding))
    assert dict(severities) == wanted.get("severities", {})


@ALL
def test_sample_is_claimed_by_its_format_alone(name: str, path: Path) -> None:
    content = path.read_bytes()
    assert claimed_by(content) == [name]
    assert claimed_by(b"\xef\xbb\xbf" + content.removeprefix(b"\xef\xbb\xbf")) == [name]


@ALL
def test_sample_with_windows_line_ends_reads_the_same(
    name: str, path: Path, tmp_path: Path
) -> None:
    content = path.read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    assert read(name, content, tmp_path, called=path.name) == read_path(name, path)


@ALL
def test_broken_sample_is_read_or_refused_clearly(
    name: str, path: Path, tmp_path: Path
) -> None:
    content = path.read_bytes()
    choice = random.Random(path.name)  # noqa: S311 # the same every time
    for _ in range(150):
        broken = bytearray(content)
        for _ in range(choice.randint(1, 4)):
            at = choice.randrange(len(broken))
            action = choice.randrange(4)
            if action == 0:
                broken[at] = choice.randrange(256)
            elif action == 1:
                del broken[at : at + choice.randint(1, 40)]
            elif action == 2:
                broken[at:at] = content[at : at + choice.randint(1, 60)]
            else:
                broken[at:at] = choice.choice([b"\0", b'"', b"9999", b"{[", b"\xff\xfe", b";,"])
        refusal = refusal_of(name, bytes(broken), tmp_path, called=path.name)
        assert refusal is None or (refusal.where.startswith(path.name) and refusal.remedy)


@ALL
def test_cut_sample_is_read_or_refused_clearly(name: str, path: Path, tmp_path: Path) -> None:
    content = path.read_bytes()
    for end in range(0, len(content), max(1, len(content) // 60)):
        claimed_by(content[:end])
        refusal = refusal_of(name, content[:end], tmp_path, called=path.name)
        assert refusal is None or (refusal.where and refusal.remedy)


@pytest.mark.parametrize("name", OURS)
@pytest.mark.parametrize("content", [b"", b"\xff\xfe", b"\xef\xbb\xbf", b"[]", b"{}", b"null"])
def test_hollow_file_is_refused_or_empty(name: str, content: bytes, tmp_path: Path) -> None:
    try:
        records = read(name, content, tmp_path, called="web-01.dpkg.log")
    except FormatError:
        return
    assert all(isinstance(each, Scan) for each in records)


@pytest.mark.parametrize("name", ["crowdstrike-falcon", "intune", "aws-ec2"])
def test_deep_nesting_is_refused(name: str, tmp_path: Path) -> None:
    bomb = b'{"value":' + b"[" * 100_000
    with pytest.raises(FormatError):
        read(name, bomb, tmp_path)


def test_sniffers_take_anything() -> None:
    for content in (b"", b"\0" * 100, b"\xff\xfe\xff", b'"' * 70_000, b"a,b\n", b"{" * 70_000):
        for each in FORMATS:
            assert each.sniff(content[: 64 * 1024]) in {True, False}
