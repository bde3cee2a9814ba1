"""Components: classes that a defs.yaml makes objects of, dbt's among them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.definitions.written import SHOP, fresh_modules, outcome, write
from tui.definitions.api import Definitions
from tui.definitions.host import Host, set_host
from tui.definitions.keys import AssetKey
from tui.definitions.loader import Failure, Place
from tui.definitions.spec_selection import chosen_keys
from tui.definitions.specs import AssetSpec

COMPONENTS = """
    from dataclasses import dataclass, field
    from enum import Enum
    from typing import Annotated, Optional, Union
    from dbtree import *

    class Size(Enum):
        SMALL = "small"

    class Table(Model, Resolvable):
        name: str
        rows: int = 1

    @dataclass
    class Tables(Component, Resolvable):
        tables: list[Table]
        made: Annotated[str, Resolver(lambda words, said: words.resolve_value(said).upper())] = ""
        size: Size = Size.SMALL
        spec: Optional[ResolvedAssetSpec] = None
        either: Union[int, list[str]] = 0
        renamed: Annotated[str, Resolver.default(model_field_name="other")] = ""
        anything: Injected[object] = None

        @staticmethod
        @template_var
        def place(context):
            return lambda name: f"{context.path.name}/{name}"

        def build_defs(self, context):
            said = {"made": self.made, "size": self.size.value, "other": self.renamed,
                    "either": str(self.either), "rows": self.tables[0].rows}
            specs = [AssetSpec(one.name, metadata=said) for one in self.tables]
            return Definitions(assets=[*specs, *([self.spec] if self.spec else [])])

    class ByHand(Component, Resolvable):
        def __init__(self, name: str, times: int = 2):
            self.names = [f"{name}{at}" for at in range(times)]

        def build_defs(self, context):
            return Definitions(assets=[AssetSpec(name) for name in self.names])

    class Wrong(Component):
        def build_defs(self, context):
            return None

    class Shop(DbtProjectComponent):
        def get_asset_spec(self, manifest, unique_id, project):
            spec = super().get_asset_spec(manifest, unique_id, project)
            return spec.merge_attributes(owners=["team:shop"])

        def execute(self, context, dbt):
            context.log.info("mine")
            yield from super().execute(context, dbt)
"""
WHOLE = """
    from pathlib import Path
    from dbtree import load_from_defs_folder
    defs = load_from_defs_folder(path_within_project=Path(__file__).parent)
"""


@pytest.fixture(autouse=True)
def host():
    yield
    set_host(Host())


def found(root: Path, *files: tuple[str, str]) -> Definitions | Failure:
    place = write(
        root,
        {"pyproject.toml": "", "shop/__init__.py": "", "shop/components.py": COMPONENTS,
         "shop/definitions.py": WHOLE, **dict(files)},
    )  # fmt: skip
    with fresh_modules():
        return outcome(Place(place.root, "shop.definitions"))


def specs(root: Path, text: str) -> dict[str, AssetSpec]:
    made = found(root, ("shop/defs/here/defs.yaml", text))
    assert isinstance(made, Definitions), made
    return {one.key.to_user_string(): one for one in made.specs}


def refused(root: Path, text: str) -> tuple[str, str, int]:
    made = found(root, ("shop/defs/here/defs.yaml", text))
    assert isinstance(made, Failure), made
    return made.message, Path(made.path).name, made.line


def test_the_attributes_of_a_component_are_made_as_its_annotations_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLACE", "Kiel")
    made = specs(
        tmp_path,
        """
        type: shop.components.Tables
        requirements: {env: [PLACE]}
        attributes:
          tables:
            - {name: "{{ place('orders') }}", rows: 3}
            - name: supplies
          made: "in {{ env.PLACE }}"
          size: SMALL
          other: renamed
          either: [a, b]
          spec: {key: far/away, kinds: [s3], deps: [here/orders], automation_condition: "{{ dg.AutomationCondition.eager() }}"}
        post_processing:
          assets:
            - {target: "key:supplies or key:far/*", attributes: {group_name: outside, tags: {x: "1"}}}
        ---
        type: shop.components.ByHand
        attributes: {name: "n", times: "{{ 1 + 2 }}"}
        """,  # noqa: E501
    )
    assert made.keys() == {"here/orders", "supplies", "far/away", "n0", "n1", "n2"}
    assert made["here/orders"].metadata == {
        "made": "IN KIEL", "size": "small", "other": "renamed", "either": "['a', 'b']", "rows": 3,
    }  # fmt: skip
    away = made["far/away"]
    assert (away.kinds, away.group_name, away.tags["x"]) == ({"s3"}, "outside", "1")
    assert [dep.asset_key for dep in away.deps] == [AssetKey(["here", "orders"])]
    assert away.automation_condition is not None
    assert made["here/orders"].group_name is None


@pytest.mark.parametrize(("text", "message", "line"), [
    ("type: shop.components.Tables\nattributes: {tables: [{name: x, rows: many}]}\n",
     "Table.rows must be int, not 'many'", 1),
    ("type: shop.components.Tables\nattributes: {tables: [], nothing: 1}\n",
     "Tables has no attribute nothing", 1),
    ("type: shop.components.ByHand\nattributes: {}\n", "ByHand needs the attribute name", 1),
    ("# of\n# hand\ntype: shop.components.ByHand\nattributes: {name: '{{ nowhere }}'}\n",
     "{{ nowhere }} cannot be rendered: 'nowhere' is undefined", 3),
    ("type: shop.components.ByHand\nattributes: {name: '{{ ().__class__.__mro__ }}'}\n",
     "access to attribute '__class__'", 1),
    ("type: shop.components.Wrong\n", "Wrong.build_defs answered None, not Definitions", 1),
    ("type: shop.components.Wrong\nattributes: {a: 1}\n", "Wrong takes no attributes", 1),
    ("type: shop.components.Nowhere\n", "no component shop.components.Nowhere", 1),
    ("type: Tables\n", "not the name of a class with its module", 1),
    ("atributes: {}\n", "names no component", 1),
    ("type: shop.components.Wrong\natributes: {}\n", "A component has no atributes", 1),
    ("type: shop.components.ByHand\nrequirements: {env: [NOT_SET_AT_ALL]}\n"
     "attributes: {name: x}\n", "environment variable NOT_SET_AT_ALL is not set", 1),
    ("type: shop.components.ByHand\nattributes: {name: x}\n"
     "post_processing: {assets: [{target: 'colour:red'}]}\n", "is not understood here", 1),
    ("type: [\n", "cannot be read", 2),
])  # fmt: skip
def test_what_is_wrong_is_said_with_the_place_in_the_yaml(
    tmp_path: Path, text: str, message: str, line: int
) -> None:
    said, file, at = refused(tmp_path, text)
    assert message in said
    assert (file, at) == ("defs.yaml", line)


def test_a_class_derived_from_the_dbt_component_says_and_does_more(tmp_path: Path) -> None:
    made = found(
        tmp_path,
        ("dbt/dbt_project.yml", "name: shop\n"),
        ("dbt/target/manifest.json", json.dumps(SHOP)),
        ("shop/defs/dbt/defs.yaml", """
            type: shop.components.Shop
            attributes:
              project: "{{ project_root }}/dbt"
              cli_args: [run, {"--vars": {"day": "{{ partition_key }}"}}]
              translation_settings: {enable_code_references: false}
              op: {name: nightly, backfill_policy: {type: single_run}}
              translation: {group_name: "g_{{ node.name }}", key_prefix: lake}
        """),
        ("shop/defs/hand.py", """
            from dbtree import component_instance
            from shop.components import ByHand

            @component_instance
            def load(context):
                return ByHand(context.project_name, 1)
        """),
    )  # fmt: skip
    assert isinstance(made, Definitions), made
    [dbt] = made.dbt_assets
    assert dbt.name == "nightly"
    assert dbt.per_run.max_partitions_per_run is None
    spec = dbt.spec_of("model.shop.orders")
    assert spec.key.path == ["lake", "orders"]
    assert (spec.group_name, spec.owners) == ("g_orders", ["team:shop"])
    assert [one.key.path for one in made.specs] == [["shop0"]]


@pytest.mark.parametrize(("text", "keys"), [
    ("*", "a b c"), ("key:a or key:c", "a c"), ("+key:b", "a b"), ("key:a+1", "a b"),
    ("key:a+", "a b c"), ("not +key:b", "c"), ('(group:"g" or kind:k) and not key:a', "c"),
    ("tag:t=1", "b"), ('tag:"t"="2"', ""), ("tag:t", "b"), ("owner:<null>", "a c"),
    ("key_substring:b and owner:team:x", "b"), ("key_prefix:a", "a"), ("1+key:c", "b c"),
])  # fmt: skip
def test_a_selection_of_specs(text: str, keys: str) -> None:
    known = [
        AssetSpec("a", group_name="g"),
        AssetSpec("b", deps=["a"], tags={"t": "1"}, owners=["team:x"]),
        AssetSpec("c", deps=["b"], kinds={"k"}),
    ]
    assert {one.path[0] for one in chosen_keys(known, text)} == set(keys.split())
