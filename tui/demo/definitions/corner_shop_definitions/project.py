"""The dbt project that these definitions wrap."""

from pathlib import Path

from dbtree import DbtProject

corner_shop = DbtProject(Path(__file__).joinpath("..", "..", "..").resolve())
corner_shop.prepare_if_dev()
