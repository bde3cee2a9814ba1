"""What a window in a page is started with."""

from tui.serve.window_environment import window_environment


def test_a_window_has_no_token_and_the_terminal_of_the_page():
    given = {
        "DBTREE_SERVE_TOKEN": "secret", "TERM": "screen", "TMUX": "/tmp/x", "KITTY_WINDOW_ID": "1",
        "TERM_PROGRAM": "iTerm.app", "TEXTUAL_DRIVER": "x:Y", "COLUMNS": "40", "LINES": "10",
        "PATH": "/bin", "DBT_TARGET": "prod", "NO_COLOR": "1",
    }  # fmt: skip
    assert window_environment(given) == {
        "PATH": "/bin", "DBT_TARGET": "prod", "NO_COLOR": "1",
        "TERM": "xterm-256color", "COLORTERM": "truecolor",
    }  # fmt: skip
