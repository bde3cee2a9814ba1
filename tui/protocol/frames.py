"""Frames: how messages travel over a pair of file descriptors.

A frame is a length in bytes (4 bytes, big endian), then that many bytes of JSON in UTF-8. JSON and
not pickle: the two sides run different Pythons, and a broken peer must not run code here.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

from tui.protocol.messages import from_json, to_json

HEADER = struct.Struct(">I")
LARGEST = 256 * 1024 * 1024
"""Bytes; a longer frame means that the stream is out of step."""


class BrokenStream(Exception):
    """The other side is gone, or what it sent is not a frame."""


def encode(message: Any) -> bytes:
    """The frame of a message."""
    body = json.dumps(to_json(message), separators=(",", ":"), ensure_ascii=False).encode(
        "utf-8", "surrogatepass"
    )
    return HEADER.pack(len(body)) + body


def decode(body: bytes) -> Any:
    """The message of a frame's body. Raises BrokenStream when it is none."""
    try:
        return from_json(json.loads(body.decode("utf-8", "surrogatepass")))
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenStream(f"not a message: {error}") from error


def write_frame(stream: BinaryIO, message: Any) -> None:
    """Write one message and flush. Raises BrokenPipeError when the other side is gone."""
    stream.write(encode(message))
    stream.flush()


def read_frame(stream: BinaryIO) -> Any | None:
    """The next message, or None at the end of the stream. Raises BrokenStream when torn."""
    header = stream.read(HEADER.size)
    if not header:
        return None
    if len(header) < HEADER.size:
        raise BrokenStream("torn header")
    (length,) = HEADER.unpack(header)
    if length > LARGEST:
        raise BrokenStream(f"a frame of {length} bytes")
    body = stream.read(length)
    if len(body) < length:
        raise BrokenStream("torn frame")
    return decode(body)
