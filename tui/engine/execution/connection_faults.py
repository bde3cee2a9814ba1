"""What is wrong between dbt and a server, told from what its driver says, and what to do about it.

The words are those of the drivers of Postgres, MySQL, Spark, Trino, Snowflake, BigQuery and of the
operating system: no adapter is asked. A message that says nothing of a connection stays as it is.
"""

from __future__ import annotations

import re
from typing import NamedTuple

PROFILE = "in profiles.yml"


class Fault(NamedTuple):
    """A kind of fault: how drivers say it, and what to say instead."""

    said: re.Pattern[str]
    words: str
    """What happened."""
    advice: str
    """What to do about it."""


def _fault(said: str, words: str, advice: str) -> Fault:
    return Fault(re.compile(said, re.I), words, advice)


LOST = _fault(
    r"server closed the connection unexpectedly|terminating connection due to"
    r"|connection (?:has been |was |is )?(?:already )?closed|connection reset by peer"
    r"|lost connection to|broken pipe|TSocket read 0 bytes|ssl connection has been closed"
    r"|EOF detected|server has gone away|remote end closed connection"
    r"|^unexpected exception$",  # all that Thrift says when it writes to a server that is gone
    "The connection to the database was lost",
    "run again (r) when the server is back",
)
FAULTS = (
    _fault(
        r"password authentication failed|no password supplied|no pg_hba\.conf entry"
        r"|authentication (?:failed|required|error)|incorrect username or password"
        r"|invalid (?:user(?:name)?|credentials|access token)|access denied for user"
        r"|fatal: role \"[^\"]*\" does not exist|bad status: 401|401 unauthorized",
        "The database refuses this user",
        f"check the user and the password {PROFILE}, then run again",
    ),
    _fault(
        r"could not translate host name|name or service not known|getaddrinfo failed"
        r"|nodename nor servname|temporary failure in name resolution|unknown host"
        r"|failed to resolve",
        "The host of the database is not known",
        f"check the host {PROFILE} and the network, then run again",
    ),
    _fault(
        r"timeout expired|connection timed out|connect(?:ion)? timeout|timed out waiting"
        r"|read timed out|ETIMEDOUT",
        "The database does not answer",
        f"check the network, and the host and the port {PROFILE}, then run again",
    ),
    _fault(
        r"connection refused|could not connect to any of|failed to establish a new connection"
        r"|no route to host|network is unreachable|ECONNREFUSED",
        "The database cannot be reached",
        f"start the server, or correct the host and the port {PROFILE}, then run again",
    ),
    _fault(
        r"(?:fatal|failed).{0,200}database \"[^\"]*\" does not exist|unknown database",
        "The server has no such database",
        f"check the database {PROFILE}, then run again",
    ),
    _fault(
        r"too many (?:clients|connections)|remaining connection slots are reserved",
        "The server takes no more connections",
        "run with fewer threads (:threads), or end other sessions, then run again",
    ),
    _fault(
        r"the database system is (?:starting up|shutting down|in recovery mode)",
        "The server is starting or stopping",
        "run again (r) in a moment",
    ),
    LOST,
)
_HEADING = re.compile(r"^\s*(?:Database|Runtime|Encountered an?) Error[^\n]*\n\s*", re.I)


def with_advice(message: str) -> str:
    """The message of dbt's, after a sentence about the connection where it is about that.

    Args:
        message: What dbt or a driver says, of any number of lines.
    """
    fault = fault_of(message)
    if fault is None:
        return message
    rest = _HEADING.sub("", message).strip()
    return f"{fault.words}: {fault.advice}.\n{rest}"


def fault_of(message: str) -> Fault | None:
    """Which fault a message is about, if any."""
    flat = " ".join(message.split())
    return next((fault for fault in FAULTS if fault.said.search(flat)), None)
