"""`python -m tui.engine.resident SPEC`: import dbt, then fork its commands for whoever connects.

SPEC is JSON, as tui.engine_client.resident_engine writes it.
"""

from __future__ import annotations

import json
import os
import signal
import sys

from tui.engine.resident.facts import Facts


def main(arguments: list[str]) -> int:
    """Serve until nobody needs this engine any more. Returns the exit code."""
    facts = Facts(**json.loads(arguments[0]))
    for fd in (facts.listener, facts.workspaces, facts.lock):
        os.set_inheritable(fd, False)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    # As a script of this name would have it: dbt's own.
    sys.path.insert(0, os.path.dirname(facts.program))
    from tui.engine.resident.server import Server

    return Server(facts).serve()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    os._exit(code)
