"""Configuration that is rendered to another value at each parse: `config(x=invocation_id)`.

Such a value is no property of the project: that it differs from the last one is no change. Which
these are is read off the expressions that they are rendered from.
"""

from __future__ import annotations

import re
from typing import Any

import jinja2
import jinja2.nodes

VOLATILE = "(another value at each parse)"
"""What stands in the place of such a value."""

_TEMPLATES = jinja2.Environment(extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"])
_WORD = re.compile(
    r"\b(run_started_at|invocation_id|thread_id|now|utcnow|today|invocation_args_dict)\b"
)
NAMES = frozenset({"run_started_at", "invocation_id", "thread_id", "invocation_args_dict"})
HOOKS = frozenset({"pre_hook", "post_hook", "pre-hook", "post-hook"})
"""Their texts are rendered by the run, not by the parse."""
CALLS = frozenset({"now", "utcnow", "today"})
"""Of `modules.datetime.datetime` and `.date`."""


def volatile_keys(node: Any, macros: Any) -> frozenset[str]:
    """The keys of a node's configuration that are rendered from the clock or the invocation.

    Args:
        node: The node of dbt's manifest.
        macros: The manifest's macros, by unique_id.
    """
    found = {
        key
        for key, value in (getattr(node, "unrendered_config", None) or {}).items()
        if key not in HOOKS and _is_volatile_text(value)
    }
    code = str(getattr(node, "raw_code", "") or "")
    if "config" in code and str(getattr(node, "language", "sql")) == "sql":
        called = _volatile_macros(node, macros)
        if called or _WORD.search(code):
            found |= _in_code(code, called)
    return frozenset(key.replace("_", "-") if key in HOOKS else key for key in found)


def _is_volatile_text(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_is_volatile_text, value.values()))
    if isinstance(value, list):
        return any(map(_is_volatile_text, value))
    return isinstance(value, str) and "{" in value and bool(_WORD.search(value))


def _volatile_macros(node: Any, macros: Any) -> frozenset[str]:
    """The names of the macros, among those that a node calls, that say the clock."""
    found, seen = set(), set()
    waiting = [(key, key) for key in node.depends_on.macros]
    while waiting:
        called, key = waiting.pop()
        macro = macros.get(key)
        if macro is None or (called, key) in seen:
            continue
        seen.add((called, key))
        if macro.package_name != "dbt" and _WORD.search(macro.macro_sql):
            found.add(macros[called].name)
        waiting += [(called, other) for other in macro.depends_on.macros]
    return frozenset(found)


def _in_code(code: str, macros: frozenset[str]) -> set[str]:
    """The keys that a template's `config(…)` calls set to a value that changes at each parse."""
    try:
        tree = _TEMPLATES.parse(code)
    except jinja2.TemplateError:
        return set()
    tainted = set(NAMES) | macros
    for assigned in tree.find_all(jinja2.nodes.Assign):
        if isinstance(assigned.target, jinja2.nodes.Name) and _says(assigned.node, tainted):
            tainted.add(assigned.target.name)
    found: set[str] = set()
    for call in tree.find_all(jinja2.nodes.Call):
        if isinstance(call.node, jinja2.nodes.Name) and call.node.name == "config":
            found |= {one.key for one in call.kwargs if _says(one.value, tainted)}
            for argument in call.args:
                if isinstance(argument, jinja2.nodes.Dict):
                    found |= {
                        str(getattr(pair.key, "value", ""))
                        for pair in argument.items
                        if _says(pair.value, tainted)
                    }
    return found


def _says(expression: Any, tainted: set[str]) -> bool:
    """Whether an expression has one of these names in it, or asks what time it is."""
    names = (jinja2.nodes.Name, jinja2.nodes.Getattr)
    for part in (expression, *expression.find_all(names)):
        if isinstance(part, jinja2.nodes.Name) and part.name in tainted:
            return True
        if isinstance(part, jinja2.nodes.Getattr) and part.attr in CALLS | tainted:
            return True
    return False
