"""Encrypted files: a passphrase, scrypt, and ChaCha20-Poly1305 over frames of one MiB.

A file is a head and frames. The head is a mark, the logarithm of scrypt's cost, a salt, and a
keyed digest of these three that tells a wrong passphrase from damage. Each frame is encrypted
under its number and whether it is the last one (the STREAM construction of Hoang,
Reyhanitabar, Rogaway and Vizár, 2015), so a frame that was altered, moved, taken out or cut off
does not open.
The key is of one file only, as the salt is, so numbers can serve as nonces.
"""

import hashlib
import hmac
import io
import os
import secrets
from typing import IO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from protem.backups.errors import Damaged, NotABackup, WrongPassphrase

MARK = b"protem sealed 1\n"
COST = 17
"""Logarithm of scrypt's cost: 128 MiB and about half a second for each guess."""
FRAME = 1 << 20
_TAG = 16
_SALT = 16
_DIGEST = 32
_BLOCKS = 8
_COSTS = range(10, 21)
HEAD = len(MARK) + 1 + _SALT + _DIGEST


def is_sealed(stream: IO[bytes]) -> bool:
    """Whether an encrypted file begins here; the stream is left where it was."""
    start = stream.read(len(MARK))
    stream.seek(-len(start), os.SEEK_CUR)
    return start == MARK


class SealingWriter(io.RawIOBase):
    """Encrypts what is written to it into ``target``, which stays open."""

    def __init__(self, target: IO[bytes], passphrase: str, *, cost: int = COST) -> None:
        start = MARK + bytes([cost]) + secrets.token_bytes(_SALT)
        cipher, digest = _keys(start, passphrase)
        self._target, self._cipher = target, cipher
        self._waiting = bytearray()
        self._number = 0
        target.write(start + digest)

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        """Take bytes; a full frame waits until it is known not to be the last."""
        block = memoryview(data).cast("B")  # type: ignore[arg-type] # bytes or a view of them
        self._waiting += block
        while len(self._waiting) > FRAME:
            self._put(bytes(self._waiting[:FRAME]), is_last=False)
            del self._waiting[:FRAME]
        return len(block)

    def close(self) -> None:
        """Write the last frame; without it the file does not open."""
        if not self.closed:
            self._put(bytes(self._waiting), is_last=True)
            self._waiting.clear()
        super().close()

    def _put(self, frame: bytes, *, is_last: bool) -> None:
        nonce = _nonce(self._number, is_last=is_last)
        self._target.write(self._cipher.encrypt(nonce, frame, None))
        self._number += 1


class UnsealingReader(io.RawIOBase):
    """The content of an encrypted file, from anywhere in it, decrypted frame by frame.

    Raises:
        NotABackup: It begins unlike an encrypted backup.
        WrongPassphrase: It was encrypted with another one (or its head is damaged).
        Damaged: A frame is not as it was written, or frames are missing.
    """

    def __init__(self, source: IO[bytes], passphrase: str, *, name: str = "") -> None:
        self._source, self._name = source, name
        self._cipher = self._open(passphrase)
        sealed = source.seek(0, os.SEEK_END) - HEAD
        self._frames = max(1, -(-sealed // (FRAME + _TAG)))
        self._size = sealed - self._frames * _TAG
        self._at = 0
        self._held, self._frame = -1, b""
        if self._size < 0:
            raise self._damage()
        self._load(self._frames - 1)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        if start + offset < 0:
            raise ValueError("before the beginning")
        self._at = start + offset
        return self._at

    def readinto(self, buffer: object) -> int:
        """Fill ``buffer`` from one frame; 0 at the end."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type] # any writable buffer
        if self._at >= self._size:
            return 0
        number, start = divmod(self._at, FRAME)
        part = self._load(number)[start : start + len(view)]
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def check(self) -> None:
        """Open every frame once; raises ``Damaged``."""
        for number in range(self._frames):
            self._load(number)

    def _open(self, passphrase: str) -> ChaCha20Poly1305:
        self._source.seek(0)
        head = self._source.read(HEAD)
        start, digest = head[:-_DIGEST], head[-_DIGEST:]
        if not head.startswith(MARK):
            raise NotABackup("this is not an encrypted backup", where=self._name)
        if len(head) < HEAD or start[len(MARK)] not in _COSTS:
            raise self._damage()
        cipher, expected = _keys(start, passphrase)
        if not hmac.compare_digest(digest, expected):
            raise WrongPassphrase("the passphrase does not open this backup", where=self._name)
        return cipher

    def _load(self, number: int) -> bytes:
        if number != self._held:
            self._source.seek(HEAD + number * (FRAME + _TAG))
            nonce = _nonce(number, is_last=number == self._frames - 1)
            try:
                sealed = self._source.read(FRAME + _TAG)
                self._frame = self._cipher.decrypt(nonce, sealed, None)
            except InvalidTag:
                raise self._damage() from None
            self._held = number
        return self._frame

    def _damage(self) -> Damaged:
        return Damaged(
            "the backup was altered or cut since it was written",
            where=self._name,
            remedy="use another copy of it, or another backup",
        )


def _keys(start: bytes, passphrase: str) -> tuple[ChaCha20Poly1305, bytes]:
    """The cipher of a file, and the digest that its head must carry."""
    cost, salt = 1 << start[len(MARK)], start[len(MARK) + 1 :]
    key = hashlib.scrypt(
        passphrase.encode(),
        salt=salt,
        n=cost,
        r=_BLOCKS,
        p=1,
        maxmem=2 * 128 * _BLOCKS * cost,
        dklen=64,
    )
    return ChaCha20Poly1305(key[:32]), hmac.digest(key[32:], start, "sha256")


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11) + bytes([is_last])
