"""`python -m tui.engine.command READ_FD WRITE_FD [WINDOW_PID]`: serve as `python -m tui.engine`.

Under dbtree's own Python, because what is driven may be no Python.
"""

from __future__ import annotations

import os
import sys

from tui.engine.command.server import CommandServer
from tui.engine.process.descriptors import claimed

if __name__ == "__main__":
    place = claimed(sys.argv[1:])
    code = 2 if place is None else CommandServer(*place).serve()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
