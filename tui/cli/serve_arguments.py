"""The arguments of `dbtree serve`."""

from __future__ import annotations

import argparse

from tui.cli.shared_arguments import Command, add_path

LAST_PORT = 65535


def add_serve(command: Command) -> None:
    """Add it to the command line."""
    serve = command(
        "serve",
        "open the asset tree in a browser",
        "Prints an address with a token, which lets in whoever has it. Each page has a window of\n"
        "its own, which is closed with the page; runs continue. Only this machine reaches it,\n"
        "unless --host says otherwise: then the windows are read-only, and there is no TLS.\n"
        "Ctrl-C ends it. docs/serve.md says more.",
    )
    add_path(serve)
    serve.add_argument(
        "--host",
        default="127.0.0.1",
        help="the address to listen on (default: 127.0.0.1, this machine alone; 0.0.0.0: all)",
    )
    serve.add_argument(
        "--port", type=port, default=0, metavar="N", help="the port (default: a free one)"
    )
    serve.add_argument(
        "--token",
        metavar="TOKEN",
        help="the token (default: a random one; the process list shows what is given here, but "
        "not DBTREE_SERVE_TOKEN)",
    )
    serve.add_argument(
        "--allow-host",
        action="append",
        default=[],
        metavar="NAME",
        help="another name by which browsers reach it, that of a proxy say (repeatable)",
    )
    serve.add_argument(
        "--writable",
        action="store_true",
        help="let windows beyond this machine build, write and query, as those on it may",
    )


def port(text: str) -> int:
    """The number of a port. Raises ArgumentTypeError."""
    if not text.isascii() or not text.isdecimal() or int(text) > LAST_PORT:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port: a number up to {LAST_PORT}")
    return int(text)
