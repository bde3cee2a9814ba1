"""The secrets of the environment, found without decoding all of it.

Each of dbt's exceptions and each line of its log looks for the variables that hold secrets, and
decodes the whole environment for it. dbt raises and catches an exception for each package that has
no macro of a name: several for each node that is parsed.
"""

from __future__ import annotations

import os
from typing import Any

import dbt_common.events.functions
import dbt_common.exceptions.base
from dbt_common.constants import SECRET_ENV_PREFIX


def apply() -> None:
    """From here on, exceptions and events of this process look for secrets so."""
    dbt_common.exceptions.base.env_secrets = quick_env_secrets
    dbt_common.events.functions.env_secrets = quick_env_secrets


def quick_env_secrets() -> list[str]:
    """What dbt's `env_secrets` finds: the values of the variables that hold secrets."""
    environ: Any = os.environ
    prefix = environ.encodekey(SECRET_ENV_PREFIX)
    if prefix not in b"\0".join(environ._data):
        return []
    keys = [key for key in environ._data if key.startswith(prefix)]
    values = [environ.decodevalue(environ._data[key]) for key in keys]
    return [value for value in values if value.strip()]
