"""How much may go on at once: what the configuration says, and which runs it concerns."""

import pytest

from tui.errors import ProjectError
from tui.project.concurrency import NO_LIMITS, Claim, concurrency_of

TABLE = {
    "max_concurrent_runs": 4,
    "tag_concurrency_limits": [
        {"key": "team", "value": "finance", "limit": 1},
        {"key": "customer", "value": {"applyLimitPerUniqueValue": True}, "limit": 2},
        {"key": "heavy", "limit": 3},
    ],
    "pools": {"warehouse": 2},
    "default-pool-limit": 1,
}


def test_a_run_is_concerned_by_the_limits_of_its_tags_in_the_same_order_as_others():
    limits = concurrency_of({"concurrency": TABLE})
    assert limits.claims({"team": "finance", "customer": "a", "heavy": "yes"}) == [
        Claim("runs", 4, "of this project"),
        Claim("tag customer=a", 2, "with the tag customer=a"),
        Claim("tag heavy", 3, "with the tag heavy"),
        Claim("tag team=finance", 1, "with the tag team=finance"),
    ]
    assert [claim.name for claim in limits.claims({"team": "sales"})] == ["runs"]
    assert (limits.pools, limits.default_pool) == ({"warehouse": 2}, 1)
    assert concurrency_of({}) is NO_LIMITS


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ([], "must be a table"),
        ({"pool": {}}, "unknown key 'pool'"),
        ({"pools": {"a": 0}}, "The pool a .* from 1 on, not 0"),
        ({"pools": ["a"]}, "pools of .* must be a table"),
        ({"max_concurrent_runs": True}, "max_concurrent_runs .* not True"),
        ({"tag_concurrency_limits": [{"limit": 1}]}, "has a key, a limit"),
        ({"tag_concurrency_limits": [{"key": "a"}]}, "The limit of the tag a"),
        ({"tag_concurrency_limits": [{"key": "a", "limit": 1, "x": 1}]}, "has a key, a limit"),
        ({"tag_concurrency_limits": "a"}, "must be a list"),
    ],
)
def test_what_makes_no_sense_is_told(table, words):
    with pytest.raises(ProjectError, match=words):
        concurrency_of({"concurrency": table})
