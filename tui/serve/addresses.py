"""Where the page is served: the socket, and its address as a person opens it."""

from __future__ import annotations

import errno
import ipaddress
import socket

from tui.errors import ServeError

BACKLOG = 64
"""Connections that may wait to be accepted."""


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Args:
        host: a name or an address of this machine; `0.0.0.0` stands for all of its addresses.
        port: 0 for a free one.

    Raises:
        ServeError: where nobody can listen there.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError):
        raise _no_address(host) from None
    family, kind, protocol, _, address = min(found, key=lambda one: one[0] != socket.AF_INET)
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind(address)
        opened.listen(BACKLOG)
        opened.setblocking(False)
    except OSError as error:
        opened.close()
        raise _cannot_listen(host, port, error) from None
    return opened


def is_loopback(opened: socket.socket) -> bool:
    """Whether only this machine reaches a socket."""
    return ipaddress.ip_address(opened.getsockname()[0].partition("%")[0]).is_loopback


def url_of(opened: socket.socket, host: str) -> str:
    """The address of a socket for a browser, up to the path.

    Args:
        opened: a socket that listens.
        host: as it was given to `listen`; all addresses are told by the machine's name.
    """
    address, port = opened.getsockname()[:2]
    if ipaddress.ip_address(address.partition("%")[0]).is_unspecified:
        host = socket.gethostname()
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def own_names(host: str) -> frozenset[str]:
    """The names by which a browser may ask for this machine."""
    names = {host, socket.gethostname()}
    return frozenset(name.lower().rstrip(".") for name in names if name)


def _no_address(host: str) -> ServeError:
    return ServeError(
        f"{host} is not an address of this machine.",
        hint="--host 127.0.0.1 is this machine alone, --host 0.0.0.0 all of its addresses.",
    )


def _cannot_listen(host: str, port: int, error: OSError) -> ServeError:
    if error.errno == errno.EADDRINUSE:
        return ServeError(
            f"Port {port} of {host} is taken by another program.",
            hint="Choose another one with --port, or leave it out for a free one.",
        )
    if error.errno == errno.EADDRNOTAVAIL:
        return _no_address(host)
    return ServeError(f"Nothing can listen on port {port} of {host}: {error.strerror}.")
