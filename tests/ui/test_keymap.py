"""Keys as the configuration has them."""

from dataclasses import replace
from pathlib import Path

from tests.ui import sample
from tests.ui.user import opened
from tui.project.project import find_project
from tui.ui.commands.keymap import read_keymap


def test_keys_are_given_by_the_id_of_a_command() -> None:
    keymap = read_keymap({"plan": "ctrl+k, ctrl+y", "filter": "?", "help": "f1"})
    assert keymap.keys == {"plan": "ctrl+k,ctrl+y", "filter": "question_mark", "help": "f1"}
    assert keymap.complaints == ()
    assert read_keymap(None).keys == {}


def test_what_makes_no_sense_is_told_and_left_out() -> None:
    keymap = read_keymap({"plann": "p", "filter": 3, "why": "hyper+x", "mark": "space"})
    assert keymap.keys == {"mark": "space"}
    assert keymap.complaints == (
        "keys: unknown command `plann`: did you mean `plan`?",
        "keys: the keys of `filter` must be a string, not 3",
        "keys: `hyper+x` of `why` is not a key",
    )
    assert read_keymap("m").complaints


def test_a_key_that_does_two_things_is_told() -> None:
    (complaint,) = read_keymap({"plan": "m"}).complaints
    assert complaint == "keys: m is bound to both `plan` and `materialize`"
    assert read_keymap({"plan": "m", "materialize": "P"}).complaints == ()
    (complaint,) = read_keymap({"plan": "j"}).complaints
    assert "tree.cursor-down" in complaint


async def test_remapped_keys_work_and_are_what_help_and_footer_tell(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("name: shop\n")
    (tmp_path / "dbtree.toml").write_text('[keys]\nmaterialize-all = "f5"\nplan = "m"\n')
    shop = sample.shop(tmp_path)
    project = replace(shop.project, settings=find_project(tmp_path).settings)
    async with opened(tmp_path, replace(shop, project=project)) as user:
        await user.sees("f5 all")
        assert len(user.app._notifications) == 1
        await user.presses("f5")
        assert user.workspace.plans[0].label == "all"
        await user.presses("question_mark")
        await user.sees("f5  All", "build everything")
