"""Loading a module of definitions: what is wrong is told with the user's file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

import tui
from tests.definitions.written import failure, outcome, write
from tui.definitions.api import Definitions
from tui.definitions.errors import DefinitionError
from tui.definitions.loader import Place, failure_of


def test_a_module_is_loaded_with_what_it_imports(tmp_path):
    place = write(
        tmp_path,
        {
            "shop/__init__.py": "",
            "shop/assets.py": "from tui import asset\n\n@asset\ndef chart(): ...\n",
            "shop/definitions.py": """
                from tui import Definitions
                from .assets import chart
                defs = Definitions(assets=[chart])
            """,
        },
    )
    found = outcome(Place(place.root, "shop.definitions"))
    assert isinstance(found, Definitions)
    assert [one.key.to_user_string() for one in found.assets] == ["chart"]


def test_an_import_error_is_told_at_its_line(tmp_path):
    text = "import os\n\nimport no_such_package\n"
    assert failure(tmp_path, text) == (
        "ModuleNotFoundError: No module named 'no_such_package'", "defs.py", 3,
    )  # fmt: skip


def test_a_syntax_error_is_told_at_its_line(tmp_path):
    message, file, line = failure(tmp_path, "x = 1\ndef broken(:\n")
    assert (message.startswith("SyntaxError: "), file, line) == (True, "defs.py", 2)


def test_an_exception_deep_in_a_library_is_told_at_the_users_line(tmp_path):
    text = "import json\n\n\nx = json.loads('{')\n"
    message, file, line = failure(tmp_path, text)
    assert (message.partition(":")[0], file, line) == ("JSONDecodeError", "defs.py", 4)


def test_a_wrong_cron_is_told_at_its_line(tmp_path):
    text = """
        from tui import Definitions, ScheduleDefinition

        defs = Definitions(
            schedules=[ScheduleDefinition("s", cron_schedule="99 * * * *", target="*")]
        )
    """
    message, file, line = failure(tmp_path, text)
    assert (message.startswith("'99 * * * *' is not a cron"), file, line) == (True, "defs.py", 4)


def test_duplicate_keys_are_told_at_the_second_function(tmp_path):
    text = """
        from tui import Definitions, asset

        @asset(key="chart")
        def one(): ...

        @asset(key="chart")
        def two(): ...

        defs = Definitions(assets=[one, two])
    """
    message, file, line = failure(tmp_path, text)
    assert message.startswith("There are two assets chart")
    assert (file, line) == ("defs.py", 6)


def test_a_module_without_definitions_is_told(tmp_path):
    message, file, _ = failure(tmp_path, "x = 1\n")
    assert message.startswith("defs has no Definitions object")
    assert file == "defs.py"


def test_a_module_that_is_not_there_is_told_at_pyproject(tmp_path):
    (tmp_path / "pyproject.toml").write_text('[tool.dbtree]\nmodule_name = "defs"\n')
    message, file, line = failure(tmp_path, "", name="other.py")
    assert message.startswith("[tool.dbtree] names the module defs, which does not exist in")
    assert (file, line) == ("pyproject.toml", 2)


def test_a_class_that_raises_while_it_is_printed_does_no_harm(tmp_path):
    text = "class Bad(Exception):\n    pass\n\nraise Bad()\n"
    assert failure(tmp_path, text) == ("Bad", "defs.py", 4)


def test_an_error_of_dbtrees_own_code_names_what_was_called(tmp_path: Path) -> None:
    caller = str(Path(tui.__file__).with_name("engine") / "python" / "evaluations.py")
    raising = compile("raise DefinitionError('odd answered 42')", caller, "exec")
    with pytest.raises(DefinitionError) as raised:
        exec(raising, {"DefinitionError": DefinitionError})
    assert raised.value.path == __file__
    own = raised.value.__traceback__
    assert own is not None
    own_alone = raised.value.with_traceback(own.tb_next)
    own_alone.path = ""  # nobody of the user's called it
    found = failure_of(own_alone, Place(tmp_path, "shop.definitions"), ("sensors.py", 3))
    assert (found.path, found.line) == ("sensors.py", 3)
