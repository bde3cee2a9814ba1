"""What a save shows while dbt parses it is what can be read in the saved file."""

from pathlib import Path
from typing import Any

import pytest

from tests.graphs import asset
from tui.engine.command.open_project import Shown
from tui.engine.command.project_files import ProjectFiles
from tui.engine.command.provisional import edited
from tui.engine.records.fingerprints import digest
from tui.protocol.messages import Open
from tui.protocol.records import Asset, Fingerprint


@pytest.fixture
def files(tmp_path: Path) -> ProjectFiles:
    (tmp_path / "models" / "marts").mkdir(parents=True)
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    return ProjectFiles(Open(0, str(tmp_path), str(tmp_path / ".dbtree")))


def row(unique_id: str, path: str = "", **fields: Any) -> Asset:
    kind, package, name = unique_id.split(".", 2)
    made = asset(name)
    return made._replace(
        unique_id=unique_id, name=name, resource_type=kind, package=package, path=path, **fields
    )


SHOWN = Shown(
    {
        one.unique_id: one
        for one in (
            row("model.shop.orders", "models/orders.sql", fingerprint=Fingerprint("1", "2", "{}")),
            row("seed.shop.raw", "seeds/raw.csv"),
            row("model.kit.days", "dbt_packages/kit/models/days.sql"),
            row("source.shop.till.sales", "models/_sources.yml"),
        )
    }
)


def test_an_edit_has_the_code_of_the_file_and_the_edges_in_it(files: ProjectFiles) -> None:
    text = "select * from {{ ref('raw') }} join {{ source('till', 'sales') }} join {{ ref('no') }}"
    (files.root / "models/orders.sql").write_text(f"\n{text}\n")
    now = edited(SHOWN, files, ["models/orders.sql"]).assets["model.shop.orders"]
    assert now.fingerprint.sql == digest(text)
    assert now.fingerprint.config == "{}", "as it was"
    assert now.depends_on == ("seed.shop.raw", "source.shop.till.sales")


def test_a_new_file_is_a_model_and_a_deleted_one_is_gone(files: ProjectFiles) -> None:
    text = "{{ config(materialized='table') }} select * from {{ ref('kit', 'days') }}"
    (files.root / "models/marts/fresh.sql").write_text(text)
    (files.root / "notes.sql").write_text("select 1")
    now = edited(SHOWN, files, ["models/marts/fresh.sql", "models/orders.sql", "notes.sql"]).assets
    fresh = now["model.shop.fresh"]
    assert (fresh.materialized, fresh.fqn) == ("table", "shop.marts.fresh")
    assert fresh.depends_on == ("model.kit.days",)
    assert set(now) - set(SHOWN.assets) == {"model.shop.fresh"}
    assert set(SHOWN.assets) - set(now) == {"model.shop.orders"}


def test_a_file_that_only_describes_changes_nothing(files: ProjectFiles) -> None:
    (files.root / "models/_sources.yml").write_text("sources: []")
    assert edited(SHOWN, files, ["models/_sources.yml"]) == SHOWN
