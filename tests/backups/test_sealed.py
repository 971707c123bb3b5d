"""Encryption: what is opened is what was sealed, or a clear error."""

import io
from pathlib import Path
from typing import IO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protem.backups.errors import BackupError, Damaged, NotABackup, WrongPassphrase
from protem.backups.sealed import FRAME, HEAD, MARK, SealingWriter, UnsealingReader

PASSPHRASE = "seven quiet lanterns"
CHEAP = 10
TAG = 16
pytestmark = pytest.mark.pure


def seal(content: bytes, *parts: int) -> bytes:
    target = io.BytesIO()
    with SealingWriter(target, PASSPHRASE, cost=CHEAP) as writer:
        for start, end in zip((0, *parts), (*parts, len(content)), strict=True):
            writer.write(content[start:end])
    return target.getvalue()


def unseal(sealed: bytes, passphrase: str = PASSPHRASE) -> bytes:
    reader = UnsealingReader(io.BytesIO(sealed), passphrase)
    reader.check()
    return reader.read()


LONG = bytes(range(256)) * (3 * FRAME // 256) + b"and a half"
SEALED = seal(LONG)
SHORT = seal(b"a short one")


@pytest.mark.parametrize("size", [0, 1, FRAME - 1, FRAME, FRAME + 1, 2 * FRAME])
def test_any_size_opens_as_it_was(size: int):
    content = LONG[:size]
    assert unseal(seal(content)) == content


@settings(max_examples=20)
@given(parts=st.lists(st.integers(0, len(LONG)), max_size=4), at=st.integers(0, len(LONG)))
def test_it_is_written_in_any_parts_and_read_from_anywhere(parts: list[int], at: int):
    reader = UnsealingReader(io.BytesIO(seal(LONG, *sorted(parts))), PASSPHRASE)
    buffered = io.BufferedReader(reader)
    buffered.seek(at)
    assert buffered.read(FRAME + 7) == LONG[at : at + FRAME + 7]
    buffered.seek(-at, io.SEEK_END)
    assert buffered.tell() == len(LONG) - at


def test_nothing_of_the_content_can_be_read():
    assert LONG[:20] not in SEALED
    assert b"short" not in SHORT


def test_two_files_of_the_same_content_have_nothing_in_common():
    assert seal(b"a" * 64)[HEAD:] != seal(b"a" * 64)[HEAD:]


def test_another_passphrase_is_told_from_damage():
    with pytest.raises(WrongPassphrase):
        unseal(SHORT, "seven quiet lantern")


@given(at=st.integers(0, len(SHORT) - 1), bit=st.integers(0, 7))
def test_a_flipped_bit_anywhere_is_noticed(at: int, bit: int):
    altered = bytearray(SHORT)
    altered[at] ^= 1 << bit
    with pytest.raises((Damaged, NotABackup, WrongPassphrase)) as told:
        unseal(bytes(altered))
    if at < len(MARK):
        assert told.type is NotABackup
    if at >= HEAD:
        assert told.type is Damaged


@settings(max_examples=30)
@given(at=st.integers(HEAD, len(SEALED) - 1))
def test_a_flipped_byte_of_a_long_file_is_noticed(at: int):
    altered = bytearray(SEALED)
    altered[at] ^= 0xFF
    with pytest.raises(Damaged):
        unseal(bytes(altered))


@given(size=st.integers(0, len(SHORT) - 1))
def test_a_file_cut_anywhere_is_noticed(size: int):
    with pytest.raises(BackupError):
        unseal(SHORT[:size])


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_file_cut_between_frames_is_noticed(frames: int):
    with pytest.raises(Damaged):
        unseal(SEALED[: HEAD + frames * (FRAME + TAG)])


@pytest.mark.parametrize("order", [(1, 0, 2), (0, 0, 2), (0, 2), (0, 2, 1), (2, 1, 0)])
def test_frames_in_another_order_are_noticed(order: tuple[int, ...]):
    frames = [SEALED[HEAD + n * (FRAME + TAG) :][: FRAME + TAG] for n in range(4)]
    with pytest.raises(Damaged):
        unseal(SEALED[:HEAD] + b"".join(frames[n] for n in order) + frames[3])


def test_more_at_the_end_is_noticed():
    with pytest.raises(Damaged):
        unseal(SHORT + b"\0")


def test_a_head_of_another_file_does_not_open_this_one():
    with pytest.raises(Damaged):
        unseal(seal(b"another")[:HEAD] + SHORT[HEAD:])


def test_a_position_before_the_beginning_is_refused(tmp_path: Path):
    (tmp_path / "sealed").write_bytes(SHORT)
    with (tmp_path / "sealed").open("rb") as stream:
        reader = UnsealingReader(cast("IO[bytes]", stream), PASSPHRASE)
        with pytest.raises(ValueError, match="before the beginning"):
            reader.seek(-1)
