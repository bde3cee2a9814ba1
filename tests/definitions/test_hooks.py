"""Hooks, as far as they need no run of dbtree."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from dbtree import (
    DefinitionError,
    Definitions,
    HookContext,
    RetryPolicy,
    asset,
    build_hook_context,
    define_asset_job,
    failure_hook,
    graph_asset,
    materialize,
    op,
    success_hook,
)

SAID: list[str] = []


@success_hook
def done(context: HookContext):
    SAID.append(f"done {context.step_key}")


@failure_hook(name="told", required_resource_keys={"chat"})
def broken(context: HookContext):
    SAID.append(f"{context.resources.chat} {context.step_key}: {context.op_exception}")


def test_hooks_are_called_for_how_a_function_ended():
    @asset(key="reports/fine", hooks={done, broken})
    def fine(): ...

    @asset(hooks={done, broken})
    def wrong():
        raise ValueError("no")

    SAID.clear()
    materialize([fine, wrong], {"chat": "chat"}, raise_on_error=False)
    assert SAID == ["done reports__fine", "chat wrong: no"]
    assert done.name == "done"
    assert broken.name == "told"
    context = build_hook_context({"chat": "c"}, op=wrong, op_exception=ValueError("x"))
    assert broken(context) is None
    assert SAID[-1] == "c wrong: x"


def test_what_is_no_hook_is_refused():
    with pytest.raises(DefinitionError, match=r"@asset\(hooks=…\) takes functions under"):
        asset(hooks={print})(lambda: None)  # type: ignore[arg-type]
    with pytest.raises(DefinitionError, match="takes one argument: the context"):
        success_hook(lambda: None)
    job = define_asset_job("nightly", hooks={done}, op_retry_policy=RetryPolicy(max_retries=2))
    assert job.hooks == (done,)
    assert Definitions(jobs=[job]).job_named("nightly") is job
    with pytest.raises(DefinitionError, match="no instance"):
        build_hook_context(instance=SimpleNamespace())  # type: ignore[arg-type]


def test_an_op_is_tried_again_as_its_policy_says():
    tries: list[int] = []

    @op(retry_policy=RetryPolicy(max_retries=2))
    def fetch():
        tries.append(1)
        if len(tries) < 3:
            raise ValueError("not yet")
        return len(tries)

    @graph_asset
    def fetched():
        assert fetch() == 3

    assert materialize([fetched]).success
