"""Names that a project's `.env` cannot set: they decide which code a program runs.

Whoever wants them exports them before dbtree is started.
"""

from __future__ import annotations

PREFIXES = ("PYTHON", "LD_", "DYLD_", "DBTREE_", "GIT_CONFIG")
NAMES = frozenset(
    {
        "PATH",
        "BASH_ENV",
        "GCONV_PATH",
        "GIT_ASKPASS",
        "GIT_EXEC_PATH",
        "GIT_PROXY_COMMAND",
        "GIT_SSH",
        "GIT_SSH_COMMAND",
        "IFS",
        "SHELL",
    }
)


def steers_programs(name: str) -> bool:
    """Whether a variable decides which code the engine, Python, the loader or git run."""
    return name in NAMES or name.startswith(PREFIXES)
