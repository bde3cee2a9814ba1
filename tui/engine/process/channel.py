"""The engine's end of the protocol: whole messages in, whole messages out, on two descriptors."""

from __future__ import annotations

import os
import select
from collections import deque
from typing import Any

from tui.protocol.frames import HEADER, LARGEST, BrokenStream, decode, encode


class PeerGone(Exception):
    """The UI's end is closed."""


class Channel:
    """Reads what has arrived without ever waiting for the rest of a frame elsewhere."""

    def __init__(self, read_fd: int, write_fd: int) -> None:
        self.read_fd = read_fd
        self.write_fd = write_fd
        self._buffer = bytearray()
        self._messages: deque[Any] = deque()
        self._ended = False
        self._is_reading = False

    def send(self, message: Any) -> None:
        """Raises PeerGone."""
        data = memoryview(encode(message))
        try:
            while data:
                data = data[os.write(self.write_fd, data) :]
        except (BrokenPipeError, OSError) as error:
            raise PeerGone(str(error)) from error

    def receive(self, timeout: float | None, *wake_fds: int) -> Any | None:
        """The next message; None when there was none in `timeout` seconds (None: no limit), or
        when one of the other descriptors has something to read. Raises PeerGone at the end.
        """
        if not self._messages:
            readable, _, _ = select.select([self.read_fd, *wake_fds], [], [], timeout)
            if self.read_fd in readable:
                self._read()
        if self._messages:
            return self._messages.popleft()
        if self._ended:
            raise PeerGone("end of the stream")
        return None

    def waiting(self) -> Any | None:
        """The next message, if it is already here, left where it is."""
        if not self._messages and select.select([self.read_fd], [], [], 0)[0]:
            self._read()
        return self._messages[0] if self._messages else None

    def may_hold(self, kind: type) -> bool:
        """Whether a message of this kind is waiting, or may be: asked in the midst of anything."""
        if self._is_reading:
            return True
        while not self._ended and select.select([self.read_fd], [], [], 0)[0]:
            self._read()
        return any(isinstance(message, kind) for message in self._messages)

    def _read(self) -> None:
        self._is_reading = True
        try:
            self._take()
        finally:
            self._is_reading = False

    def _take(self) -> None:
        chunk = os.read(self.read_fd, 1 << 16)
        if not chunk:
            self._ended = True
        self._buffer += chunk
        while len(self._buffer) >= HEADER.size:
            (length,) = HEADER.unpack_from(self._buffer)
            if length > LARGEST:
                raise BrokenStream(f"a frame of {length} bytes")
            end = HEADER.size + length
            if len(self._buffer) < end:
                break
            body = bytes(self._buffer[HEADER.size : end])
            del self._buffer[:end]
            self._messages.append(decode(body))
