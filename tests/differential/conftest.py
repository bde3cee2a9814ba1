"""One process of plain dbt for all the tests that compare with it."""

from collections.abc import Iterator

import pytest

from tests.differential.plain_dbt import PlainDbt


@pytest.fixture(scope="session")
def plain_dbt(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlainDbt]:
    dbt = PlainDbt(tmp_path_factory.mktemp("plain-dbt") / "log")
    yield dbt
    dbt.close()
