"""What a client and the engine that stays say to each other over its socket.

A client sends one request: descriptors, then a frame of JSON. The engine answers with lines of
JSON. For a command, whose standard streams are the descriptors: `{"began": PID}` and
`{"exit": CODE}`; a code below zero is the signal that ended the command. For a workspace, whose
log is the one descriptor: `{"began": PID}`, and from there on the frames of `tui.protocol.frames`
on the same connection. For anything else: one object.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import stat
import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

HEADER = struct.Struct(">I")
LARGEST = 64 * 1024 * 1024
"""Bytes of a request; longer ones are none."""
STREAMS = 3
PATIENCE = 10.0
"""Seconds in which a request must be whole."""
SOCKET, WORKSPACES, LOCK, LOG = ".sock", ".work", ".lock", ".log"
"""The files of an engine in its directory, after its key: a socket for dbt's commands and one for
workspaces, a lock that it holds, what it says."""


class NotPrivate(Exception):
    """The directory of the sockets belongs to another user, or others may write to it."""


def socket_directory(environment: Mapping[str, str]) -> Path:
    """The directory of this user's sockets, made where it is missing.

    Raises NotPrivate where it cannot be trusted, OSError where it cannot be made.
    """
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    if runtime.startswith("/") and os.path.isdir(runtime):
        directory = os.path.join(runtime, "dbtree")
    else:
        directory = f"/tmp/dbtree-{os.getuid()}"
    with contextlib.suppress(FileExistsError):
        os.mkdir(directory, 0o700)
    found = os.lstat(directory)
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise NotPrivate(f"{directory} is not a directory of yours")
    if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        os.chmod(directory, 0o700)
    return Path(directory)


def peer_user(connection: socket.socket) -> int:
    """The user id of the process at the other end, -1 where the system does not tell."""
    if hasattr(socket, "SO_PEERCRED"):
        size = struct.calcsize("3i")
        data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        return int(struct.unpack("3i", data)[1])
    try:  # macOS: struct xucred {u_int version; uid_t uid; …}
        data = connection.getsockopt(0, 1, 76)
    except OSError:
        return -1
    return int(struct.unpack("=Ii", data[:8])[1])


def send_request(
    connection: socket.socket, request: Mapping[str, Any], streams: tuple[int, ...] = ()
) -> None:
    """Send a request, with these descriptors. Raises OSError."""
    body = json.dumps(request).encode("utf-8", "surrogatepass")
    frame = HEADER.pack(len(body)) + body
    sent = socket.send_fds(connection, [frame], list(streams)) if streams else 0
    connection.sendall(frame[sent:])


def receive_request(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """The request of a client, and the descriptors that came with it.

    Raises OSError or ValueError where it is none; no descriptor is left open then.
    """
    data, streams, _, _ = socket.recv_fds(connection, 1 << 16, STREAMS)
    try:
        while len(data) < HEADER.size or len(data) < HEADER.size + _length(data):
            more = connection.recv(1 << 20)
            if not more:
                raise ValueError("a torn request")
            data += more
        found = json.loads(data[HEADER.size :].decode("utf-8", "surrogatepass"))
        if not isinstance(found, dict):
            raise ValueError("not a request")
    except (OSError, ValueError):
        for fd in streams:
            os.close(fd)
        raise
    return found, streams


def _length(data: bytes) -> int:
    length = int(HEADER.unpack_from(data)[0])
    if length > LARGEST:
        raise ValueError(f"a request of {length} bytes")
    return length


def send_answer(connection: socket.socket, answer: Mapping[str, Any]) -> None:
    """Send one line of an answer. Raises OSError."""
    connection.sendall(json.dumps(answer).encode() + b"\n")


def answers(connection: socket.socket) -> Iterator[dict[str, Any]]:
    """The lines of an answer, until the engine closes. Raises OSError."""
    data = b""
    while more := connection.recv(1 << 16):
        data += more
        *lines, data = data.split(b"\n")
        for line in lines:
            yield json.loads(line)
