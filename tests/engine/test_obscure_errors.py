"""What dbt raises without words gets words, the file and the line."""

from pathlib import Path

import pytest

from tests.dbt_python import dbt_version
from tests.differential.plain_dbt import PlainDbt
from tui.protocol.records import Problem

PROJECT = {
    "dbt_project.yml": (
        "name: shop\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n"
        "models: {+materialized: view}\n"
    ),
    "profiles.yml": (
        "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb, threads: 1}}}\n"
    ),
    "models/a.sql": "select 1 as id\n",
}
SPINE = (
    "models:\n  - name: a\n    time_spine: {standard_granularity_column: id}\n"
    "    columns: [{name: id, granularity: day}]\n"
)
DERIVED = (
    "  - name: {0}\n    label: x\n    type: derived\n"
    "    type_params: {{expr: {1}, metrics: [{{name: {1}}}]}}\n"
)
CALLS = "{{%- macro {0}() -%}}\n{{{{ {1}() }}}}\n{{%- endmacro -%}}\n"


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        pytest.param(
            {
                "models/m.yml": "models:\n  - name: nv\n    versions:\n"
                "      - {v: 1, defined_in: a}\n      - {v: 2, defined_in: a}\n"
            },
            Problem(
                "yaml",
                "Two versions of a model are defined in a: each needs a file of its own.",
                "models/m.yml",
                5,
            ),
            id="two versions in one file",
        ),
        pytest.param(
            {
                "macros/loop.sql": "{# loop() #}\n" + CALLS.format("loop", "loop"),
                "models/b.sql": "select {{ loop() }}\n",
            },
            Problem("jinja", "Macro loop calls itself endlessly.", "macros/loop.sql", 3),
            id="a macro calls itself",
        ),
        pytest.param(
            {
                "macros/one.sql": CALLS.format("one", "two"),
                "macros/two.sql": CALLS.format("two", "one"),
                "models/b.sql": "select {{ two() }}\n",
            },
            Problem(
                "jinja",
                "Macros call each other endlessly: one → two → one.",
                "macros/one.sql",
                2,
            ),
            id="two macros call each other",
        ),
        pytest.param(
            {"models/b.sql": f"select {{{{ {'(' * 500}1{')' * 500} }}}}\n"},
            Problem(
                "jinja",
                "This is nested too deeply for dbt: it reached Python's recursion limit.",
                "models/b.sql",
                0,
            ),
            id="nested too deeply",
        ),
        pytest.param(
            {"models/m.yml": f"{SPINE}metrics:\n{DERIVED.format('one', 'one')}"},
            Problem("yaml", "Metric one refers to itself.", "models/m.yml", 6),
            id="a metric of itself",
        ),
        pytest.param(
            {"models/m.yml": "models:\n  - name: a\n    config: {group: nobody}\n"},
            Problem("dbt", "Invalid group 'nobody', expected one of []", "models/m.yml", 3),
            id="what YAML says of a model",
        ),
    ],
)
def test_an_error_without_words_or_place_gets_them(
    tmp_path: Path, plain_dbt: PlainDbt, files: dict[str, str], problem: Problem
) -> None:
    for name, text in {**PROJECT, **files}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    assert plain_dbt.parse(tmp_path) == [problem]


def test_a_variable_that_stands_in_an_unread_dotenv_file_is_told_so(
    tmp_path: Path, plain_dbt: PlainDbt
) -> None:
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "models/a.sql").write_text("select {{ env_var('TEST_MISSING_REGION') }}\n")
    (tmp_path / ".env").write_text("export TEST_MISSING_REGION=1\n")
    problems = plain_dbt.parse(tmp_path)
    if dbt_version() >= (1, 12):  # which reads the file itself
        assert not isinstance(problems, list)
        return
    assert isinstance(problems, list)
    (problem,) = problems
    assert problem.hint == (
        "TEST_MISSING_REGION is set in .env, which this dbt does not read; use --dotenv."
    )
