"""What is wrong, where, in dbt's own reason: for the errors of dbt-core and of dbt v2."""

import pytest

from tui.engine.command.log_records import LogRecord
from tui.engine.command.problems import problem_of, problems_in, reason_and_place

V2_REF = (
    "[error] [DependencyNotFound (dbt1048)]: Ref 'nope' not found in project. Searched for "
    "'shop.nope, nope'\n  --> models/orders.sql:9:1"
)
V1_REF = (
    "Encountered an error:\nCompilation Error\n  Model 'model.shop.orders' (models/orders.sql) "
    "depends on a node named 'nope' which was not found"
)
V1_JINJA = (
    "Encountered an error:\nCompilation Error in model orders (models/orders.sql)\n"
    "  unexpected '}'\n    line 3\n      select {{ }}"
)
V1_YAML = (
    "Encountered an error:\nParsing Error\n  Error reading shop: _models.yml - Runtime Error\n"
    "    Syntax error near line 3\n    ------------------------------\n    1  | version: 2\n"
    "    2  | models: [\n\n    Raw Error:\n    ------------------------------\n"
    "    while parsing a flow node\n    did not find expected node content\n"
    '      in "<unicode string>", line 3, column 1'
)
V2_YAML = (
    "[error] [SerializationError (dbt1013)]: YAML error: did not find expected node content at "
    "line 158 column 1, while parsing a flow node\n  --> models/_models.yml:158:1"
)
V2_CONTRACT = (
    "[error] [JinjaError (dbt1501)]: Error executing materialization macro 'table' for model "
    "model.shop.orders: Failed to eval the compiled Jinja expression invalid operation: "
    "Compilation Error for model.shop.orders from models/orders.sql: This model has an enforced "
    "contract that failed.\n| column_name |\n\n(in run/shop/models/orders.sql:1:11)\n"
    "(in dbt_internal_packages/dbt-duckdb/macros/table.sql:39:11)\n"
    "  --> run/shop/models/orders.sql:1:11"
)


@pytest.mark.parametrize(
    ("text", "message", "path", "line", "kind"),
    [
        (V2_REF, "Ref 'nope' not found in project. Searched for 'shop.nope, nope'",
         "models/orders.sql", 9, "ref"),
        (V1_REF, "Model 'model.shop.orders' (models/orders.sql) depends on a node named 'nope' "
         "which was not found", "models/orders.sql", 0, "ref"),
        (V1_JINJA, "unexpected '}'\nline 3\n  select {{ }}", "models/orders.sql", 3, "dbt"),
        (V2_YAML, "YAML error: did not find expected node content at line 158 column 1, while "
         "parsing a flow node", "models/_models.yml", 158, "yaml"),
    ],
)  # fmt: skip
def test_an_error_is_a_problem_with_its_place(
    text: str, message: str, path: str, line: int, kind: str
) -> None:
    problem = problem_of(text, "/work/shop")
    assert (problem.message, problem.path, problem.line, problem.kind) == (
        message, path, line, kind,
    )  # fmt: skip


def test_a_file_that_is_named_by_its_end_is_the_saved_one() -> None:
    saved = ["models/marts/_models.yml", "models/orders.sql"]
    problem = problem_of(V1_YAML, "/work/shop", saved)
    assert (problem.path, problem.line) == ("models/marts/_models.yml", 3)
    assert problem.message.startswith("Error reading shop: _models.yml: while parsing a flow node")
    assert problem_of("Something", "/work/shop", saved[:1]).path == "models/marts/_models.yml"
    assert problem_of("Something", "/work/shop", saved).path == ""


def test_a_path_inside_the_project_is_relative_to_it() -> None:
    assert problem_of("no\n --> /work/shop/models/a.sql:2:1", "/work/shop/").path == "models/a.sql"
    assert problem_of("no\n --> /etc/profiles.yml:2:1", "/work/shop").path == "/etc/profiles.yml"


def test_what_dbt_v2_says_of_its_own_way_is_left_out() -> None:
    message, path, _ = reason_and_place(V2_CONTRACT)
    assert message == "This model has an enforced contract that failed.\n| column_name |"
    assert path == "models/orders.sql"


def test_each_error_is_told_once_and_a_summary_is_none() -> None:
    records = [
        LogRecord("Generic", "error", V2_REF),
        LogRecord("Generic", "warn", "old"),
        LogRecord("", "error", V2_REF),
        LogRecord("CommandCompleted", "error", "Finished 'parse' with 1 error"),
    ]
    [problem] = problems_in(records, "/work/shop")
    assert problem.line == 9


def test_what_can_be_done_is_said_with_it() -> None:
    problem = problem_of("Run dbt deps to install packages", "/work/shop")
    assert (problem.kind, problem.hint) == ("deps", "Run `dbt deps` in the project.")
