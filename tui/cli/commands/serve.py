"""`dbtree serve`: the window in a browser, for whoever has the token."""

from __future__ import annotations

import asyncio
import os
import secrets
import sys
from collections.abc import Sequence
from pathlib import Path

from tui.cli import console
from tui.errors import ServeError
from tui.project.project import Project
from tui.serve.access import Access, token_complaint
from tui.serve.addresses import is_loopback, listen, own_names, url_of
from tui.serve.page import INSTALL, page_files
from tui.serve.window_environment import window_environment

NO_TLS = (
    "It can be reached from other machines, and there is no TLS: whoever can read the network "
    "reads the token and all that the windows show. A tunnel (ssh -L) or a proxy with TLS is safer."
)


def serve(
    project: Project,
    window: Sequence[str],
    *,
    host: str,
    port: int,
    token: str,
    allowed: Sequence[str],
    writable: bool,
) -> int:
    """Serve windows until ctrl-c.

    Args:
        project: what is opened; what it runs is trusted already.
        window: the arguments of a window, but who looks.
        host: the address to listen on.
        port: 0 for a free one.
        token: as it was given; empty for a random one.
        allowed: more names by which browsers may ask for it.
        writable: whether windows beyond this machine may do all that others may.

    Raises:
        ServeError: when it cannot be served.
    """
    token = token or secrets.token_urlsafe(24)
    if complaint := token_complaint(token):
        raise ServeError(complaint)
    try:
        from tui.serve.server import Served
        from tui.serve.server import serve as serve_windows
        from tui.serve.windows import Program
    except ModuleNotFoundError as error:
        raise ServeError(f"`dbtree serve` needs {error.name}.", hint=INSTALL) from None
    page_files()  # what is missing is said before anything listens
    opened = listen(host, port)
    is_near = is_loopback(opened)
    who = "owner" if is_near or writable else "guest"
    names = frozenset(name.lower().rstrip(".") for name in allowed)
    served = Served(
        Program(
            [sys.executable, "-P", "-m", "tui", "dev", f"--in-browser={who}", *window],
            Path.cwd(),
            window_environment(os.environ),
        ),
        Access(token, names | own_names(host)),
        title=f"{project.name} · dbtree",
        compress=not is_near,
        listening=opened,
    )
    words = console.stderr()
    words.write(f"Serving {project.name} in a browser, for whoever has this address:")
    console.stdout().write(f"{url_of(opened, host)}/?token={token}")
    if not is_near:
        words.write(NO_TLS)
    if who == "guest":
        words.write("Its windows are read-only; --writable lets them do all that yours can.")
    words.write("Ctrl-C ends it and closes its windows; runs continue.")
    asyncio.run(serve_windows(served, words.write))
    return console.OK
