"""What the engine reads in place of dbt's static reader, which must never run in it."""

import subprocess
from typing import Any

import pytest
from dbt_extractor import ExtractionError

from tests.dbt_python import DBT_PYTHON, dbt_environment
from tui.engine.patches.static_reader import read_expression

EXPRESSIONS = (
    "ref('a')",
    'ref("a")',
    " ref ( 'a' ) ",
    "ref('p', 'a')",
    "ref('a', v=2)",
    "ref('a', version='2')",
    "ref('p', 'a', v=1)",
    "ref('a b')",
    "ref('a-b.c')",
    "ref('')",
    "source('x', 'y')",
    "source('x')",
    "source('x', 'y', v=1)",
    "ref('a', v=2.5)",
    "ref('a', 'b', 'c')",
    "ref(a)",
    "ref()",
    "metric('m')",
    "ref('a') ref('b')",
    "",
)

# In a process of its own: the reader's pool of threads would hang what this one forks later.
REAL = """
import sys
from dbt_extractor import ExtractionError, py_extract_from_source
for expression in eval(sys.stdin.read()):
    try:
        print(py_extract_from_source("{{ " + expression + " }}"))
    except ExtractionError:
        print(None)
"""


@pytest.fixture(scope="module")
def real() -> dict[str, Any]:
    told = subprocess.run(
        [DBT_PYTHON, "-c", REAL],
        input=repr(EXPRESSIONS),
        env=dbt_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    found = [eval(line) for line in told.stdout.splitlines()]
    return dict(zip(EXPRESSIONS, found, strict=True))


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_is_read_as_by_dbt(real: dict[str, Any], expression: str) -> None:
    try:
        found = read_expression(f"{{{{ {expression} }}}}")
    except ExtractionError:
        found = None
    assert found == real[expression]
