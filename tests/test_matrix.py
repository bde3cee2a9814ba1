"""The matrix of Pythons and dbt-cores finds its interpreters, and says what it lacks."""

import sys

import pytest

from tests.matrix import Unavailable, find_python


def test_the_python_that_runs_is_found() -> None:
    assert find_python(f"{sys.version_info[0]}.{sys.version_info[1]}") == sys.executable


def test_a_python_that_is_not_here_is_named_with_what_was_tried() -> None:
    with pytest.raises(Unavailable, match=r"no Python 2\.6 .*python2\.6"):
        find_python("2.6")
