"""Each way to break a dbt project that dbt has a word for, one at a time.

A breakage edits one file of a copy of the demo project, and knows what dbt then says and
which file it names:

    breakage = BREAKAGES["missing ref"]
    breakage.apply(project)
    ...
    breakage.undo(project)

The messages are those of dbt-core 1.10 and 1.11. `python -m tests.projects.broken` runs
the dbt beside this Python on every one of them and says which it does not recognise.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.projects import DEMO, copy_project

ORDERS = "models/marts/sales/orders.sql"
SALES_YAML = "models/marts/sales/_sales.yml"
STG_ORDERS = "models/staging/stg_orders.sql"
STAGING_YAML = "models/staging/_staging.yml"


@dataclass(frozen=True)
class Breakage:
    """One edit of one file that dbt cannot live with.

    Attributes:
        name: what is wrong, in a few words.
        path: the file that is edited, added or deleted, relative to the project.
        edit: from the file's text (empty for a new file) to its broken text; None deletes it.
        expects: a regular expression that is found in dbt's message.
        file: the file that dbt's message names, relative to the project, though dbt may leave
            out its folder; None where it names none (`path` is always the one to mend).
        line: the line that dbt's message gives, counted from 1; None where it gives none.
        restarts: whether the file is one that is read only when dbt starts.
        command: the first of dbt's commands that notices. What `parse` lets pass, `compile`
            and `build` do not.
    """

    name: str
    path: str
    edit: Callable[[str], str | None]
    expects: str
    file: str | None = None
    line: int | None = None
    restarts: bool = False
    command: str = "parse"

    def apply(self, project: Path) -> Path:
        """Break the project; return the path of the file that changed."""
        file = project / self.path
        broken = self.edit(file.read_text("utf-8") if file.exists() else "")
        if broken is None:
            file.unlink()
        else:
            file.write_text(broken, "utf-8")
        return file

    def undo(self, project: Path) -> Path:
        """Give the file the text that it has in the demo; return its path."""
        file, original = project / self.path, DEMO / self.path
        if original.exists():
            file.write_text(original.read_text("utf-8"), "utf-8")
        else:
            file.unlink(missing_ok=True)
        return file

    def recognises(self, output: str) -> bool:
        """Whether dbt's output, its lines joined as dbt wraps them, says what is expected."""
        return re.search(self.expects, " ".join(output.split())) is not None


def _replace(old: str, new: str) -> Callable[[str], str]:
    def edit(text: str) -> str:
        if old not in text:
            raise ValueError(f"the demo project no longer says {old!r}")
        return text.replace(old, new, 1)

    return edit


def _append(addition: str) -> Callable[[str], str]:
    return lambda text: text + addition


def _set(text: str) -> Callable[[str], str]:
    return lambda _: text


def _delete(_: str) -> None:
    return None


def _line(path: str, snippet: str) -> int:
    """The first line of a file of the demo that holds the snippet, counted from 1."""
    lines = (DEMO / path).read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if snippet in line)


_ALL = [
    Breakage(
        "unreadable YAML",
        SALES_YAML,
        _replace("  - name: customers\n", "  - name: customers: twice\n"),
        r"Error reading corner_shop: marts/sales/_sales\.yml .* Syntax error near line \d+",
        file=SALES_YAML,
        line=_line(SALES_YAML, "- name: customers"),
    ),
    Breakage(
        "YAML of the wrong shape",
        SALES_YAML,
        _set("version: 2\nmodels:\n  - nothing but words\n"),
        r"models/marts/sales/_sales\.yml is invalid because a list element for 'models' is not",
        file=SALES_YAML,
    ),
    Breakage(
        "two entries for one model",
        SALES_YAML,
        _replace("  - name: customers\n", "  - name: orders\n  - name: customers\n"),
        r"two schema\.yml entries for the same resource named orders",
        file=SALES_YAML,
    ),
    Breakage(
        "Jinja that does not end",
        ORDERS,
        _replace("{{ ref('stg_orders') }}", "{{ ref('stg_orders') "),
        r"in model orders \(.*/orders\.sql\) expected token 'end of print statement', got 'as'",
        file=ORDERS,
        line=_line(ORDERS, "ref('stg_orders')"),
    ),
    Breakage(
        "Jinja block left open",
        "models/marts/sales/daily_sales.sql",
        _replace("{% endif %}\ngroup by", "\ngroup by"),
        r"in model daily_sales \(.*\) Unexpected end of template",
        file="models/marts/sales/daily_sales.sql",
        line=_line("models/marts/sales/daily_sales.sql", "{{ this }}"),
    ),
    Breakage(
        "missing ref",
        ORDERS,
        _replace("ref('stg_orders')", "ref('stg_order')"),
        r"\(models/marts/sales/orders\.sql\) depends on a node named 'stg_order' which",
        file=ORDERS,
    ),
    Breakage(
        "missing source",
        "models/staging/stg_payments.sql",
        _replace("source('till', 'payments')", "source('till', 'payment')"),
        r"\(models/staging/stg_payments\.sql\) depends on a source named 'till\.payment' which",
        file="models/staging/stg_payments.sql",
    ),
    Breakage(
        "missing macro",
        "models/staging/stg_products.sql",
        _replace("cents_to_money", "cents_to_gold"),
        r"in model stg_products \(.*\) 'cents_to_gold' is undefined",
        file="models/staging/stg_products.sql",
        command="compile",
    ),
    Breakage(
        "macro with a syntax error",
        "macros/cents_to_money.sql",
        _replace("{% endmacro %}", ""),
        r"Reached EOF without finding a close tag for macro",
    ),
    Breakage(
        "macro that raises",
        "models/staging/stg_products.sql",
        _append("{{ exceptions.raise_compiler_error('prices are secret') }}\n"),
        r"in model stg_products \(.*\) prices are secret",
        file="models/staging/stg_products.sql",
    ),
    Breakage(
        "two models of one name",
        "models/staging/orders.sql",
        _set("select 1 as order_id\n"),
        r"found two models with the name .orders.",
        file="models/staging/orders.sql",
    ),
    Breakage(
        "circular ref",
        "models/staging/stg_customers.sql",
        _append("-- depends_on: {{ ref('customers') }}\n"),
        r"Found a cycle: .*model\.corner_shop\.stg_customers",
        command="compile",
    ),
    Breakage(
        "undefined environment variable",
        STG_ORDERS,
        _append("-- {{ env_var('NO_SUCH_VARIABLE') }}\n"),
        r"Env var required but not provided: 'NO_SUCH_VARIABLE'",
    ),
    Breakage(
        "undefined var",
        STG_ORDERS,
        _append("-- {{ var('no_such_var') }}\n"),
        r"in model stg_orders \(.*\) Required var 'no_such_var' not found in config",
        file=STG_ORDERS,
        command="compile",
    ),
    Breakage(
        "unknown test",
        STAGING_YAML,
        _replace("data_tests: [unique, not_null]", "data_tests: [uniqe, not_null]"),
        r"'test_uniqe' is undefined",
        file=STAGING_YAML,
        command="compile",
    ),
    Breakage(
        "test with a wrong argument",
        STAGING_YAML,
        _replace("minimum: 1", "maximum: 1"),
        r"\(models/staging/_staging\.yml\) macro .* takes no keyword argument 'maximum'",
        file=STAGING_YAML,
    ),
    Breakage(
        "missing docs block",
        "models/docs.md",
        _replace("{% docs money %}", "{% docs mony %}"),
        r"depends on doc 'money' +which was not found",
    ),
    Breakage(
        "docs block left open",
        "models/docs.md",
        _replace("{% enddocs %}", ""),
        r"docs \(started at 0\) did not have a matching",
    ),
    Breakage(
        "unknown group",
        "models/_groups.yml",
        _replace("name: marketing", "name: marketting"),
        r"\(models/marts/marketing/.*\) Invalid group 'marketing', expected one of",
    ),
    Breakage(
        "unit test of no model",
        SALES_YAML,
        _replace("    model: daily_sales\n", "    model: hourly_sales\n"),
        r"find model 'corner_shop\.hourly_sales' for unit test .* in .*/_sales\.yml",
        file=SALES_YAML,
    ),
    Breakage(
        "Python that does not compile",
        "models/marts/marketing/customer_cohorts.py",
        _replace("def model(dbt, session):", "def model(dbt, session)"),
        r"expected ':' \(customer_cohorts\.py, line \d+\)",
        file="models/marts/marketing/customer_cohorts.py",
        line=_line("models/marts/marketing/customer_cohorts.py", "def model("),
    ),
    Breakage(
        "snapshot of nothing",
        "snapshots/product_history.yml",
        _replace("ref('stg_products')", "ref('stg_wares')"),
        r"\(snapshots/product_history\.yml\) depends on a node named 'stg_wares' which",
        file="snapshots/product_history.yml",
    ),
    Breakage(
        "no such profile",
        "dbt_project.yml",
        _replace("profile: corner_shop", "profile: shop_on_the_corner"),
        r"Could not find profile named 'shop_on_the_corner'",
        restarts=True,
    ),
    Breakage(
        "no profiles.yml",
        "profiles.yml",
        _delete,
        r"Could not find profile named 'corner_shop'",
        restarts=True,
    ),
    Breakage(
        "unreadable profiles.yml",
        "profiles.yml",
        _replace("  outputs:\n", "  outputs: {\n"),
        r"trying to read your profiles\.yml file.*Syntax error near line \d+",
        file="profiles.yml",
        restarts=True,
        line=_line("profiles.yml", "type: duckdb"),
    ),
    Breakage(
        "unknown target",
        "profiles.yml",
        _replace("target: dev", "target: staging"),
        r"does not have a target named 'staging'. The valid target names .* are: - dev - prod",
        restarts=True,
    ),
    Breakage(
        "missing adapter",
        "profiles.yml",
        _replace("type: duckdb", "type: dolphindb"),
        r"Could not find adapter type dolphindb!",
        restarts=True,
    ),
    Breakage(
        "wrong field in the profile",
        "profiles.yml",
        _replace("threads: 4", "threads: many"),
        r"at path \['threads'\]: 'many' is not of type 'integer'",
        restarts=True,
    ),
    Breakage(
        "missing packages",
        "packages.yml",
        _set('packages:\n  - package: dbt-labs/dbt_utils\n    version: "1.3.0"\n'),
        r"found 1 package\(s\) specified in packages\.yml, but only 0 package\(s\) installed",
        file="packages.yml",
        restarts=True,
    ),
    Breakage(
        "invalid dbt_project.yml",
        "dbt_project.yml",
        _replace("name: corner_shop\n", ""),
        r"name. field not present in project|name. is a required property",
        file="dbt_project.yml",
        restarts=True,
    ),
    Breakage(
        "unreadable dbt_project.yml",
        "dbt_project.yml",
        _replace("models:\n", "models: [\n"),
        r"Runtime Error Syntax error near line \d+",
        restarts=True,
        line=_line("dbt_project.yml", "staging:"),
    ),
    Breakage(
        "dbt too old for the project",
        "dbt_project.yml",
        _replace('">=1.10.5"', '">=9.0.0"'),
        r"This version of dbt is not supported with the 'corner_shop' package",
        file="dbt_project.yml",
        restarts=True,
    ),
]

BREAKAGES = {breakage.name: breakage for breakage in _ALL}


def run_dbt(project: Path, command: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the dbt beside this Python on a project, parsing it from nothing."""
    arguments: list[str | Path] = [
        Path(sys.executable).with_name("dbt"),
        "--no-use-colors",
        "--no-partial-parse",
        command,
        "--profiles-dir",
        project,
    ]
    environment = {**os.environ, "HOME": str(project)}
    return subprocess.run(
        arguments, cwd=project, env=environment, capture_output=True, text=True, check=False
    )


def main() -> int:
    """Say for each breakage whether dbt says what is expected; return how many it does not."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("name", nargs="*", help="only these breakages")
    parser.add_argument("--show", action="store_true", help="show dbt's messages")
    arguments = parser.parse_args()
    unrecognised = 0
    with tempfile.TemporaryDirectory() as directory:
        project = copy_project(DEMO, Path(directory) / "project")
        for name in arguments.name or BREAKAGES:
            breakage = BREAKAGES[name]
            breakage.apply(project)
            finished = run_dbt(project, breakage.command)
            breakage.undo(project)
            recognised = finished.returncode != 0 and breakage.recognises(finished.stdout)
            if breakage.line is not None:
                recognised &= f"line {breakage.line}" in finished.stdout
            unrecognised += not recognised
            print(f"{'ok  ' if recognised else 'NOT '} {name} (exit code {finished.returncode})")
            if arguments.show:
                print(finished.stdout, finished.stderr)
        if run_dbt(project, "parse").returncode != 0:
            raise RuntimeError("undoing every breakage did not mend the project")
    return unrecognised


if __name__ == "__main__":
    sys.exit(main())
