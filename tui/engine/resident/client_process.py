"""The whole life of a process that is forked to be the engine of one client's workspace.

It has the client's environment and directory, and answers the requests of `tui.protocol.messages`
on the client's connection, as an engine that the client has started would on its pipes.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import traceback
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NoReturn

from tui.engine.process.capture import Capture
from tui.engine.resident.client_place import become_client, take_streams
from tui.engine.server.server import Server
from tui.protocol.messages import Open
from tui.protocol.resident import send_answer

if TYPE_CHECKING:
    from tui.engine.server.open_project import OpenProject


def be_engine(
    request: Mapping[str, Any],
    connection: socket.socket,
    log: int,
    program: str,
    project: OpenProject | None = None,
) -> NoReturn:
    """What the forked child does from here to its end.

    Args:
        request: `directory`, `environment`, `umask`, `window` (the client's process), and what it
            opens: the fields of `Open`, which it does not send again.
        connection: to the client.
        log: where standard output and error go.
        program: the `dbt` of the engine.
        project: as this process was forked with it, where it was opened already.
    """
    code = 1
    try:
        os.setsid()
        become_engine(request, log, program, connection.fileno())
        send_answer(connection, {"began": os.getpid()})
        connection.setblocking(True)
        fd = connection.fileno()
        server = Server(fd, fd, Capture(), window=int(request["window"]), project=project)
        code = server.serve(Open(**request["open"]))
    except BaseException:  # noqa: BLE001 - the edge of the process: it never returns to the engine
        traceback.print_exc()
    finally:
        os._exit(code)


def become_engine(request: Mapping[str, Any], log: int, program: str, *kept: int) -> None:
    """Take over the place of a client, as a process that it has started as its engine would."""
    null = os.open(os.devnull, os.O_RDWR)
    take_streams([null, log, log], *kept)
    become_client({**request, "arguments": (), "ignored": ()}, program)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Of a script's directory, as dbt's commands have it, an engine knows nothing.
    own = os.path.dirname(program)
    if own in sys.path:
        sys.path.remove(own)


def key_of(request: Mapping[str, Any]) -> str:
    """What a client wants to open, as text that can be compared."""
    return json.dumps(request["open"], sort_keys=True)
