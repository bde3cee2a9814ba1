"""Who may see the page: the token, the cookie, and where a request may come from. Pure.

A browser sends requests for any web page that it shows, so that the token alone is not enough. A
page of somebody else's cannot read the answers, but it can open a websocket (it is then told by its
Origin), and it can let its own name lead to this server (it is then told by its Host). RFC 6455,
10.2; RFC 6454.
"""

from __future__ import annotations

import hmac
import ipaddress
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlsplit

SHORTEST = 16
"""Characters of a token, at least."""
_TOKEN = re.compile(r"[A-Za-z0-9._~-]+")
_SCHEMES = frozenset({"http", "https"})

NO_TOKEN = "This page needs its token: open the address that `dbtree serve` printed."
WRONG_HOST = (
    "This server is not known by that name: open it by its IP address, or allow the name with "
    "`dbtree serve --allow-host NAME`."
)
WRONG_ORIGIN = "Another web page asked for this one, which is not allowed."


def token_complaint(token: str) -> str:
    """What is wrong with a token that somebody chose, in a sentence; empty where nothing is."""
    if not _TOKEN.fullmatch(token):
        return "A token consists of the letters A to Z, digits and . _ ~ -"
    if len(token) < SHORTEST:
        return f"A token has at least {SHORTEST} characters; this one has {len(token)}."
    return ""


def is_same(given: str, secret: str) -> bool:
    """Whether a text is the secret; takes as long for one that nearly is."""
    return hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


@dataclass(frozen=True)
class Access:
    """What a request must have to be answered."""

    token: str = field(repr=False)
    """Opens the page once; the cookie does from then on."""
    names: frozenset[str] = frozenset()
    """Names of hosts by which the server may be asked, beside localhost and IP addresses."""
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """The value of the cookie: of this server alone, whoever chose the token."""
    place: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    """The first part of every path. Cookies of one host go to all its ports: since nobody knows the
    path, no other server on this machine gets this one's.
    """

    def refusal(self, host: str, origin: str | None, *, is_websocket: bool = False) -> str:
        """Why a request is refused because of where it comes from; empty where it is not.

        Args:
            host: the header Host.
            origin: the header Origin; None where there is none.
            is_websocket: whether it opens a websocket, which a browser does with an Origin only.
        """
        name = host_name(host)
        if not name or not self._is_known(name):
            return WRONG_HOST
        if origin is None:
            return WRONG_ORIGIN if is_websocket else ""
        return "" if self._is_own(origin, host) else WRONG_ORIGIN

    def _is_known(self, name: str) -> bool:
        return name == "localhost" or name in self.names or _is_address(name)

    def _is_own(self, origin: str, host: str) -> bool:
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        if parts.scheme not in _SCHEMES:
            return False
        # Behind a proxy that asks by another name, the page has the name that was allowed.
        return parts.netloc.lower() == host.lower() or host_name(parts.netloc) in self.names


def host_name(host: str) -> str:
    """The name in a header Host, in lower case, without the port; empty where there is none."""
    try:
        parts = urlsplit(f"//{host}")
        _ = parts.port  # raises where it is none
    except ValueError:
        return ""
    if parts.netloc != host or "@" in host:
        return ""
    return (parts.hostname or "").rstrip(".")


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True
