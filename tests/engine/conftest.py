"""Which tests of the engines are only for the long runs."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """With dbt-core as a command, each request costs seconds: what is asked in another way already
    is left to `make soak`.
    """
    for item in items:
        costly = getattr(getattr(item, "function", None), "costly", ())
        if "[command" in item.name and any(example in item.name for example in costly):
            item.add_marker(pytest.mark.slow)
