"""The first look at a project's files against what dbt makes of them."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.projects import DEMO, copy_project
from tests.projects.generated import generate_project
from tui.engine.parse.provisional import provisional_assets


def test_the_demo_is_seen_as_dbt_sees_it() -> None:
    found = {asset.name: asset for asset in provisional_assets(DEMO)}
    assert len(found) == 31
    assert found["daily_sales"].materialized == "incremental"
    assert found["customer_segments"].materialized == "table"
    assert found["product_history"].depends_on == ("model.corner_shop.stg_products",)
    assert found["till.orders" if "till.orders" in found else "till.payments"].resource_type == (
        "source"
    )
    assert found["customers"].depends_on == (
        "model.corner_shop.orders",
        "model.corner_shop.stg_customers",
    )


def test_every_model_of_a_generated_project_is_seen(tmp_path: Path) -> None:
    generate_project(tmp_path / "big", 100)
    found = provisional_assets(tmp_path / "big")
    models = [asset for asset in found if asset.resource_type == "model"]
    assert len(models) == 100
    assert all(asset.depends_on for asset in models)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("dbt_project.yml", "name: [unclosed"),
        ("models/marts/sales/_sales.yml", "models:\n  - name: x\n   bad: {"),
        ("models/marts/sales/orders.sql", "{{ ref( }} {% if"),
        ("models/staging/_sources.yml", "sources: 3"),
    ],
)
def test_a_broken_file_is_no_reason_to_show_nothing_else(
    tmp_path: Path, path: str, text: str
) -> None:
    project = copy_project(DEMO, tmp_path / "shop")
    (project / path).write_text(text)
    found = provisional_assets(project)
    assert bool(found) is (path != "dbt_project.yml")


def test_the_first_look_waits_for_nothing_of_dbt() -> None:
    code = (
        "import sys, tui.engine.server.server, tui.engine.parse.provisional;"
        "print(*{name.partition('.')[0] for name in sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"dbt", "dbt_common", "agate", "jinja2"} & {*done.stdout.split()}
