"""What a warm engine shows after an edit that dbt's own partial parse gets wrong, or does not see.

Each test edits a small project; the graph is then compared with that of a parse from nothing.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.differential.plain_dbt import Graph, PlainDbt
from tests.engine.engine_process import Engine
from tui.protocol.messages import GraphChanged, ParseFailed
from tui.protocol.records import Fingerprint

LARGE = "id,name\n" + "".join(f"{number:06},{'x' * 200}\n" for number in range(5500))
"""More than a megabyte: dbt hashes nothing but the path of such a seed."""

FILES = {
    "dbt_project.yml": (
        "name: shop\nprofile: shop\n"
        "flags:\n  send_anonymous_usage_stats: false\n"
        "  require_generic_test_arguments_property: true\n"
        "models: {+materialized: view}\n"
    ),
    "profiles.yml": (
        "shop: {target: dev, outputs: {dev: {type: duckdb, path: shop.duckdb, threads: 1}}}\n"
    ),
    "seeds/small.csv": "id,name\n1,one\n",
    "seeds/large.csv": LARGE,
    "seeds/_seeds.yml": "seeds:\n  - name: spare\n    description: A spare one.\n",
    "seeds/spare.csv": "id\n1\n",
    "models/plain.sql": "select * from {{ ref('small') }}\n",
    "models/item_v1.sql": "select 1 as id\n",
    "models/item_v2.sql": "select 2 as id\n",
    "models/other_item.sql": "select 3 as id\n",
    "models/alone.sql": "select 1 as id\n",
    "macros/ended.sql": "{% macro ended(word) %}{{ word }}.{% endmacro %}\n",
    "models/reader.sql": "select * from {{ ref('item') }}\n",
    "models/sourced.sql": "select * from {{ source('raw', 'things') }}\n",
    "models/_models.yml": (
        "models:\n"
        "  - name: item\n    latest_version: 2\n"
        "    columns: [{name: id, data_tests: [unique]}]\n"
        "    versions:\n      - v: 1\n      - v: 2\n      - {v: 3, defined_in: other_item}\n"
        "  - name: reader\n"
        "    data_tests:\n      - relationships:\n"
        "          arguments: {column_name: id, to: ref('plain'), field: id}\n"
        "  - name: plain\n    description: A plain one.\n"
        "    columns: [{name: id, data_tests: [not_null]}]\n"
    ),
    "models/a_sourced.yml": (
        "models:\n  - name: reader_of_nothing\n  - name: sourced\n    description: Has a source.\n"
    ),
    "models/sources.yml": "sources:\n  - name: raw\n    tables: [{name: things}]\n",
    "macros/shout.sql": "{% macro shout(word) %}{{ word | upper }}{% endmacro %}\n",
    "macros/_macros.yml": "macros:\n  - name: shout\n    description: Says it loudly.\n",
    "tests/none_are_odd.sql": "select * from {{ ref('small') }} where id % 2 = 3\n",
    "tests/_tests.yml": "data_tests:\n  - name: none_are_odd\n    description: Never odd.\n",
}


class Shop:
    """A small project, open in an engine."""

    def __init__(self, root: Path, plain: PlainDbt, **options: Any) -> None:
        self.root = root
        self.plain = plain
        self._options = options
        self._write(FILES)
        self.engine = Engine(root, **options)

    def _write(self, texts: Mapping[str, str | None]) -> None:
        for name, text in texts.items():
            path = self.root / name
            if text is None:
                path.unlink()
            else:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, "utf-8")

    def save(self, texts: Mapping[str, str | None]) -> Any:
        """Save (or, with None, delete) files, and say so to the engine once."""
        self._write(texts)
        return self.engine.reparse(texts)

    def restore(self) -> None:
        """Have the files of the beginning, and no others."""
        folders = ("models", "seeds", "macros", "tests")
        there = [path for name in folders for path in sorted((self.root / name).rglob("*"))]
        others = [
            path
            for path in there
            if (path.is_symlink() or path.is_file())
            and path.relative_to(self.root).as_posix() not in FILES
        ]
        for path in others:
            path.unlink()
        changed = {
            name: text
            for name, text in FILES.items()
            if not (self.root / name).is_file() or (self.root / name).read_text("utf-8") != text
        }
        self._write(changed)
        answer = self.engine.reparse([*others, *changed])
        assert isinstance(answer, GraphChanged), answer

    def reopen(self) -> None:
        """Close the engine, and open another on what it saved."""
        self.engine.close()
        self.engine = Engine(self.root, **self._options)

    def check(self) -> None:
        """The graph is that of a parse from nothing."""
        found = self.plain.parse(self.root)
        assert isinstance(found, Graph), found
        engine = self.engine
        pairs = (
            (engine.assets, found.assets),
            (engine.checks, found.checks),
            (engine.macros, found.macros),
        )
        for ours, dbts in pairs:
            assert ours == dbts, {
                key: (ours.get(key), dbts.get(key))
                for key in ours.keys() | dbts.keys()
                if ours.get(key) != dbts.get(key)
            }

    def check_saved(self) -> None:
        """What the engine saves for the next one is the manifest of a parse from nothing."""
        self.engine.close()
        try:
            found = self.plain.parse(self.root, self.root / ".dbtree/cache/partial_parse.msgpack")
            assert isinstance(found, Graph), found
            assert not found.different, "\n".join(found.different)
        finally:
            self.reopen()

    def close(self) -> None:
        self.engine.close()


@pytest.fixture(scope="module", params=[True, False], ids=["shortcuts", "no-shortcuts"])
def opened(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, plain_dbt: PlainDbt
) -> Iterator[Shop]:
    shop = Shop(tmp_path_factory.mktemp("live") / "shop", plain_dbt, shortcuts=request.param)
    yield shop
    shop.close()


@pytest.fixture
def shop(opened: Shop) -> Iterator[Shop]:
    yield opened
    opened.restore()


@pytest.mark.parametrize(
    "lost",
    [
        "models/plain.sql",
        "models/item_v1.sql",
        "models/other_item.sql",
        "seeds/spare.csv",
        "macros/shout.sql",
        "tests/none_are_odd.sql",
    ],
)
def test_a_file_that_was_deleted_and_is_restored_is_what_it_was(shop: Shop, lost: str) -> None:
    before = (dict(shop.engine.assets), dict(shop.engine.checks), dict(shop.engine.macros))
    shop.save({lost: None})
    shop.check()
    shop.save({lost: FILES[lost]})
    shop.check()
    assert (shop.engine.assets, shop.engine.checks, shop.engine.macros) == before


def test_the_latest_version_comes_back_together_with_who_reads_it(shop: Shop) -> None:
    lost = ("models/item_v2.sql", "models/reader.sql")
    shop.save({"models/reader.sql": None})
    shop.save(dict.fromkeys(lost[:1]))
    shop.check()
    shop.save({name: FILES[name] for name in lost})
    shop.check()
    assert shop.engine.assets["model.shop.reader"].depends_on == ("model.shop.item.v2",)


@pytest.mark.parametrize("meanwhile", ["models/plain.sql", "tests/_more.yml", "tests/spare.sql"])
def test_what_yaml_says_of_a_test_stays_while_what_the_test_reads_is_gone(
    shop: Shop, meanwhile: str
) -> None:
    texts = {
        "models/plain.sql": FILES["models/plain.sql"],
        "tests/_more.yml": "data_tests:\n  - name: spare\n    description: Nothing there.\n",
        "tests/spare.sql": "select * from {{ ref('spare') }} where 1 = 0\n",
    }
    shop.save(texts)
    shop.save({"seeds/spare.csv": None})
    shop.check()
    shop.save({"models/plain.sql": texts["models/plain.sql"] + "-- a save between\n"})
    shop.save({meanwhile: texts[meanwhile].replace("Nothing there", "None").replace("0", "2")})
    shop.check()
    shop.save({"seeds/spare.csv": FILES["seeds/spare.csv"]})
    assert "test.shop.spare" in shop.engine.checks
    shop.check()


def test_a_model_is_parsed_with_the_macros_of_now(shop: Shop) -> None:
    """Where macros go in a context is remembered from parse to parse, until one is another one."""

    def relation() -> str:
        return shop.engine.assets["model.shop.alone"].relation.replace('"', "")

    shop.save({"models/alone.sql": "{{ config(alias=ended('alone')) }}select 1 as id\n"})
    shop.save({"models/plain.sql": FILES["models/plain.sql"] + "-- with the same macros\n"})
    assert relation() == "shop.main.alone."
    shop.check()
    shop.save({"macros/ended.sql": FILES["macros/ended.sql"].replace("}}.", "}}_two")})
    assert relation() == "shop.main.alone_two"
    shop.check()
    naming = "{% macro generate_alias_name(custom_alias_name, node) %}WORDS{% endmacro %}"
    own = "node.unique_id | replace('.', '_')"
    for words in (f"one_{{{{ {own} }}}}", f"other_{{{{ {own} }}}}", f"{{{{ ended({own}) }}}}"):
        shop.save({"macros/naming.sql": naming.replace("WORDS", words)})
        shop.save({"models/alone.sql": f"select 1 as id -- {len(words)}\n"})
        shop.check()
    assert relation() == "shop.main.model_shop_alone_two"
    shop.save({"macros/naming.sql": None})
    shop.save({"models/alone.sql": FILES["models/alone.sql"]})
    assert relation() == "shop.main.alone"
    shop.check()


def test_a_properties_file_that_came_with_a_mistake_and_went_leaves_nothing(shop: Shop) -> None:
    """It is given up together with the parse that fails, also where dbt changes things in place."""
    failed = shop.save(
        {
            "seeds/_more.yml": (
                "seeds:\n  - name: large\n    description: Large.\n    config: {tags: [big]}\n"
                "    columns: [{name: id, description: A key., data_tests: [unique]}]\n"
            ),
            "macros/_more.yml": "macros:\n  - name: ended\n    description: A macro.\n",
            "models/_more.yml": (
                "models:\n  - name: alone\n    description: Is there.\n"
                "    config: {tags: [x], meta: {a: b}}\n"
            ),
            "models/mistaken.sql": "select * from {{ ref('nowhere') }}\n",
        }
    )
    assert isinstance(failed, ParseFailed)
    gone = ("seeds/_more.yml", "macros/_more.yml", "models/_more.yml", "models/mistaken.sql")
    shop.save(dict.fromkeys(gone))
    shop.check()
    shop.check_saved()


def test_of_several_configs_of_a_model_the_saved_parse_holds_what_dbt_holds(shop: Shop) -> None:
    """dbt reads a simple model without Jinja, and then keeps of a list what was said last."""
    first = "{{ config(tags=['first'], meta={'a': 1}) }}"
    configs = f"{first}\n{{{{ config(tags=['second'], meta={{'b': 2}}) }}}}"
    shop.save({"models/configured.sql": f"{configs}\nselect * from {{{{ ref('small') }}}}\n"})
    shop.save({"models/rendered.sql": f"{configs}\nselect {{{{ 1 + 1 }}}} as two\n"})
    shop.check_saved()


def test_a_generic_test_that_comes_back_is_called_as_before(shop: Shop) -> None:
    texts = {
        "tests/generic/odd.sql": (
            "{% test odd(model, column_name) %}{{ config(severity='warn') }}\n"
            "select * from {{ model }} where {{ column_name }} % 2 = 0{% endtest %}\n"
        ),
        "models/alone.yml": (
            "models:\n  - name: alone\n    columns: [{name: id, data_tests: [odd]}]\n"
        ),
    }
    shop.save(texts)
    shop.save({"tests/generic/odd.sql": None})
    shop.check()
    shop.save({"tests/generic/odd.sql": texts["tests/generic/odd.sql"]})
    shop.check()
    shop.check_saved()


def test_what_came_back_while_nobody_looked_is_what_it_was(shop: Shop) -> None:
    lost = ("models/plain.sql", "models/item_v1.sql")
    shop.save(dict.fromkeys(lost))
    shop.engine.close()
    shop._write({name: FILES[name] for name in lost})
    shop.reopen()
    shop.check()


OVERRIDE = (
    "{% macro duckdb__create_view_as(relation, sql) -%}"
    "create view {{ relation }} as ({{ sql }}){%- endmacro %}\n"
)


def test_an_override_that_came_while_nobody_looked_is_used_and_its_end_is_seen(shop: Shop) -> None:
    for text in (OVERRIDE, None):
        shop.engine.close()
        shop._write({"macros/override.sql": text})
        shop.reopen()
        used = shop.engine.assets["model.shop.plain"].macros
        assert ("macro.shop.duckdb__create_view_as" in used) == (text is not None)
        shop.check()


def test_yaml_of_another_content_and_the_same_time_is_read(shop: Shop) -> None:
    path = shop.root / "models/a_sourced.yml"
    found = path.stat()
    shop.engine.close()
    path.write_text(FILES["models/a_sourced.yml"].replace("Has a", "Had a"), "utf-8")
    os.utime(path, ns=(found.st_atime_ns, found.st_mtime_ns))
    shop.reopen()
    assert shop.engine.assets["model.shop.sourced"].description == "Had a source."
    shop.check()


def test_a_macro_that_comes_back_is_called_again(shop: Shop) -> None:
    """A call that names the package is no error while the macro is not there."""
    shop.save({"models/loud.sql": "select '{{ shop.shout('x') }}' as word\n"})
    shop.save({"macros/shout.sql": None, "macros/_macros.yml": None})
    shop.check()
    assert shop.engine.assets["model.shop.loud"].macros == ()
    shop.save({name: FILES[name] for name in ("macros/shout.sql", "macros/_macros.yml")})
    shop.check()
    assert shop.engine.assets["model.shop.loud"].macros == ("macro.shop.shout",)


def test_an_entry_of_yaml_moves_while_what_its_node_reads_is_parsed_again(shop: Shop) -> None:
    entry = "models:\n  - name: sourced\n    description: Has a source.\n"
    answer = shop.save(
        {
            "models/a_sourced.yml": "models:\n  - name: reader_of_nothing\n",
            "models/b_sourced.yml": entry,
            "models/sources.yml": FILES["models/sources.yml"].replace(
                "raw\n", "raw\n    schema: x\n"
            ),
        }
    )
    assert isinstance(answer, GraphChanged), answer
    shop.check()
    assert shop.engine.assets["model.shop.sourced"].patch_path == "models/b_sourced.yml"


def test_an_edit_of_a_large_seed_is_seen(shop: Shop) -> None:
    before = shop.engine.assets["seed.shop.large"].fingerprint.seed
    shop.save({"seeds/large.csv": LARGE.replace("000007", "900007")})
    assert shop.engine.assets["seed.shop.large"].fingerprint.seed != before
    shop.check()
    shop.save({"seeds/large.csv": LARGE})
    assert shop.engine.assets["seed.shop.large"].fingerprint.seed == before


@pytest.mark.parametrize("name", ["large", "small"])
def test_a_build_of_a_seed_records_what_its_file_held_then(shop: Shop, name: str) -> None:
    text = FILES[f"seeds/{name}.csv"] + "999999,last\n"
    shop._write({f"seeds/{name}.csv": text})  # and the engine is not told
    outcome = shop.engine.run([f"seed.shop.{name}"], record_rows=False)
    assert outcome.code == 0, outcome.end
    built = Fingerprint(*outcome.node(name).fingerprint)
    shop.save({f"seeds/{name}.csv": text})
    parsed = shop.engine.assets[f"seed.shop.{name}"].fingerprint
    assert built._replace(compiled="") == parsed


def test_dbt_follows_links_to_files_and_none_to_directories(shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "behind.sql").write_text("select 7 as id\n", "utf-8")
    (shop.root / "models" / "linked").symlink_to(tmp_path)
    (shop.root / "models" / "linked_file.sql").symlink_to(tmp_path / "behind.sql")
    try:
        shop.engine.reparse(["models/linked/behind.sql", "models/linked", "models/linked_file.sql"])
        shop.check()
        assert "model.shop.behind" not in shop.engine.assets
        assert "model.shop.linked_file" in shop.engine.assets
        (tmp_path / "behind.sql").write_text("select 8 as id\n", "utf-8")
        shop.engine.reparse(["models/linked/behind.sql", "models/linked_file.sql"])
        shop.check()
    finally:
        (shop.root / "models" / "linked").unlink()


def test_a_directory_that_becomes_a_link_is_read_no_more(shop: Shop, tmp_path: Path) -> None:
    folder = shop.root / "models" / "folder"
    shop.save({"models/folder/inside.sql": "select 1 as id\n"})
    assert "model.shop.inside" in shop.engine.assets
    os.rename(folder, tmp_path / "folder")
    folder.symlink_to(tmp_path / "folder")
    try:
        shop.engine.reparse(["models/folder"])
        shop.check()
        assert "model.shop.inside" not in shop.engine.assets
    finally:
        folder.unlink()


def test_the_parse_of_a_project_that_was_moved_is_not_used(shop: Shop) -> None:
    shop.engine.close()
    home = shop.root
    shop.root = home.with_name("renamed")
    os.rename(home, shop.root)
    try:
        shop.reopen()
        shop.check()
        shop.engine.close()
        found = shop.plain.parse(shop.root, shop.root / ".dbtree/cache/partial_parse.msgpack")
        assert isinstance(found, Graph)
        assert found.different == []
    finally:
        os.rename(shop.root, home)
        shop.root = home
        shop.reopen()
