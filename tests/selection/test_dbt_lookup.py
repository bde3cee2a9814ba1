"""Which selections dbt understands by itself."""

import pytest

from tui.selection.dbt_lookup import is_ours


@pytest.mark.parametrize("text", ["status:stale", "a +status:failed", "x,selector:nightly+",
                                  'key:"a"', "kind:seed", "not tag:x"])  # fmt: skip
def test_these_are_ours(text: str):
    assert is_ours(text)


@pytest.mark.parametrize("text", ["+orders", "tag:x,config.materialized:view", "source_status:a",
                                  "state:modified+", "path:models/status", "@a 2+b"])  # fmt: skip
def test_these_are_dbts(text: str):
    assert not is_ours(text)
