"""Large old logs, compressed so that any part of them can still be read at once.

`events.jsonl.gz` is gzip as every tool reads it (`zcat`), made of many small members: each is
decompressed by itself, so that a reader gets to the middle of a log of a million lines without
decompressing what is before it. The size of a member stands in its header, in an extra field.

`open_log` and `log_size` are how all readers look at the files of a run: they find the file as it
is, else compressed, and give the same bytes at the same places.
"""

from __future__ import annotations

import functools
import gzip
import io
import os
import struct
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import suppress
from itertools import accumulate
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from tui.protocol.private_files import private
from tui.protocol.whole_files import replacement

MEMBER = 256 * 1024
"""Bytes of the log in one member."""
LEVEL = 6
_HEAD = struct.Struct("<4sIBBH2sHI")
"""Magic and flags, time, extra flags, system; the extra field: its length, name, size, value."""
_MAGIC, _FIELD = b"\x1f\x8b\x08\x04", b"dt"
_TAIL = struct.Struct("<II")
_KEPT = 8
"""Indexes of compressed files that are kept in memory."""


class Members(NamedTuple):
    """Where the members of a compressed file are."""

    offsets: tuple[int, ...]
    """In the compressed file, with its end."""
    starts: tuple[int, ...]
    """In the log, with its end."""


def compressed_path(path: Path) -> Path:
    """Where a file is when it was compressed."""
    return path.with_name(f"{path.name}.gz")


def open_log(path: Path) -> BinaryIO:
    """A file of a run for reading, compressed or not. Raises OSError."""
    try:
        return path.open("rb")
    except FileNotFoundError:
        packed = compressed_path(path)
        members = _members(packed)
        if members is None:
            return gzip.open(packed, "rb")  # type: ignore[return-value] # of somebody
        return io.BufferedReader(_Unpacked(packed, members), MEMBER)


def log_size(path: Path) -> int:
    """Bytes of a file of a run, as it was before it was compressed. Raises OSError."""
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        members = _members(compressed_path(path))
        if members is not None:
            return members.starts[-1]
        with open_log(path) as stream:
            return stream.seek(0, 2)


def compress(path: Path) -> int:
    """Replace a file by its compressed form; returns the bytes that this saves.

    The file must not be written any more. Raises OSError, and leaves it as it is, where there is
    no room.
    """
    packed = compressed_path(path)
    before = path.stat().st_size
    with (
        replacement(packed) as partial,
        path.open("rb") as source,
        open(partial, "xb", opener=private) as target,
    ):
        for piece in _pieces(source):
            target.write(_member(piece))
    path.unlink()
    return before - packed.stat().st_size


def _pieces(source: BinaryIO) -> Iterator[bytes]:
    while piece := source.read(MEMBER):
        yield piece


def _member(piece: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = packer.compress(piece) + packer.flush()
    size = _HEAD.size + len(data) + _TAIL.size
    head = _HEAD.pack(_MAGIC, 0, 0, 255, 8, _FIELD, 4, size)
    return head + data + _TAIL.pack(zlib.crc32(piece), len(piece))


def _members(packed: Path) -> Members | None:
    """The members of a compressed file; None where it is not one of ours. Raises OSError."""
    found = os.stat(packed)
    return _members_of(str(packed), found.st_mtime_ns, found.st_size)


@functools.lru_cache(maxsize=_KEPT)
def _members_of(packed: str, _changed: int, size: int) -> Members | None:
    offsets, sizes, at = [0], [0], 0
    with open(packed, "rb") as file:
        while at < size:
            head = file.read(_HEAD.size)
            if len(head) < _HEAD.size:
                return None
            magic, *_, field, _length, length = _HEAD.unpack(head)
            if magic != _MAGIC or field != _FIELD or length < _HEAD.size + _TAIL.size:
                return None
            at += length
            file.seek(at - _TAIL.size)
            tail = file.read(_TAIL.size)
            if len(tail) < _TAIL.size:
                return None
            offsets.append(at)
            sizes.append(_TAIL.unpack(tail)[1])
    return Members(tuple(offsets), tuple(accumulate(sizes)))


class _Unpacked(io.RawIOBase):
    """The bytes of a log out of its compressed file, from any place on."""

    def __init__(self, packed: Path, members: Members) -> None:
        super().__init__()
        self._file = packed.open("rb")
        self._members = members
        self._at = 0
        self._held: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = 0) -> int:
        base = {0: 0, 1: self._at, 2: self._members.starts[-1]}[whence]
        self._at = max(base + offset, 0)
        return self._at

    def readinto(self, buffer: Any, /) -> int:
        view = memoryview(buffer).cast("B")
        starts = self._members.starts
        if self._at >= starts[-1]:
            return 0
        number = bisect_right(starts, self._at) - 1
        inside = self._at - starts[number]
        piece = self._piece(number)[inside : inside + len(view)]
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def _piece(self, number: int) -> bytes:
        if self._held[0] != number:
            first, end = self._members.offsets[number : number + 2]
            self._file.seek(first)
            data = self._file.read(end - first)
            try:
                piece = zlib.decompress(data, 16 + zlib.MAX_WBITS)
            except zlib.error as error:
                raise OSError(f"{self._file.name} is damaged: {error}") from error
            self._held = number, piece
        return self._held[1]

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()
        super().close()
