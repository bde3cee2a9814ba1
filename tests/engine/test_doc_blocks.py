"""The doc blocks of a description are those that dbt finds."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tui.engine.patches.doc_blocks import _doc_blocks, _parsed_by_dbt


class Docs:
    """What a manifest has of docs blocks."""

    metadata = SimpleNamespace(project_name="shop")

    def resolve_doc(self, name: str, package: str | None, *_: str) -> Any:
        return SimpleNamespace(unique_id=f"doc.{package or 'shop'}.{name}")


def outcome(find: Callable[..., list[str]], description: str) -> Any:
    """The doc blocks, or what was raised."""
    try:
        return find(description, Docs(), "shop")
    except Exception as error:  # noqa: BLE001  whatever dbt raises is the outcome
        return type(error), str(error)


@pytest.mark.parametrize(
    "description",
    [
        "",
        "Plain text, in which doc('orders') is a word.",
        "{{ doc('orders') }}",
        "See {{ doc('other', 'orders') }} and {# no #} {{ doc('b') }}.",
        "{{ 'text' }} {% if true %}{{ doc('c') }}{% endif %}",
        "50 % of { braces }",
        "{{ doc('a'",
    ],
)
def test_they_are_those_that_dbt_finds(description: str) -> None:
    assert outcome(_doc_blocks, description) == outcome(_parsed_by_dbt, description)
