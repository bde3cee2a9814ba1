"""README's table of keys is that of the program."""

from tests.keys import README, keys_table, with_table
from tui.ui.commands import COMMANDS


def test_readme_has_the_keys_of_today() -> None:
    readme = README.read_text(encoding="utf-8")
    assert with_table(readme) == readme, "run: python -m tests.keys"


def test_every_command_that_is_no_mere_move_is_in_the_table() -> None:
    table = keys_table()
    for command in COMMANDS:
        if not command.is_move and not command.priority:
            assert command.help.replace("|", "\\|") in table, command.id
