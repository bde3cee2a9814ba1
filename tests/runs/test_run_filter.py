"""Runs by the words that a person types."""

from __future__ import annotations

import pytest

from tui.runs.run_filter import matches
from tui.runs.values import Run

RUN = Run("a3f1", "error", "dbt build --select orders", label="orders", target="prod",
          tags={"team": "Finance", "dbtree/job": "nightly"})  # fmt: skip


@pytest.mark.parametrize(
    ("text", "is_meant"),
    [
        ("", True), ("orders", True), ("ORDERS a3", True), ("orders customers", False),
        ("nightly", True), ("tag:team", True), ("tag:team=Finance", True), ("tag:team=Fi", True),
        ("tag:team=fin", False), ("tag:other", False), ("status:failed", True), ("tag:", True),
        ("status:success", False), ("target:prod tag:dbtree/job=nightly", True),
        ("target:dev", False), ("unknown:form", False),
    ],
)  # fmt: skip
def test_words_mean_runs(text, is_meant):
    assert matches(RUN, text) == is_meant
