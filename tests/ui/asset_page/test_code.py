"""Code as numbered, coloured lines."""

from tui.ui.rows.code_lines import code_lines, first_line_of, tidied

CODE = "{{ config(materialized='table') }}\nselect 'a' as letter -- first\nfrom {{ ref('x') }}\n"


def text_of(line: object) -> str:
    return "".join(text for text, _ in line.segments)  # type: ignore[attr-defined]


def test_every_line_is_numbered_and_says_what_the_file_says() -> None:
    lines = code_lines(CODE, "source")
    assert [line.number for line in lines] == [1, 2, 3]
    assert [text_of(line) for line in lines] == CODE.splitlines()


def test_jinja_keywords_strings_and_comments_have_their_colours() -> None:
    _, select, source = code_lines(CODE, "source")
    assert ("select", "keyword") in select.segments
    assert ("'a'", "string") in select.segments
    assert ("-- first", "comment") in select.segments
    assert ("{{", "jinja") in source.segments


def test_what_is_wrong_stands_under_its_line() -> None:
    lines = code_lines(CODE, "source", {2: "no such column\nletter"})
    assert [(line.number, line.is_wrong) for line in lines] == [
        (1, False), (2, True), (0, True), (0, True), (3, False),
    ]  # fmt: skip
    assert text_of(lines[2]) == "no such column"


def test_what_has_no_line_comes_first() -> None:
    lines = code_lines(CODE, "source", {0: "it is all wrong"})
    assert [line.number for line in lines] == [0, 1, 2, 3]


def test_a_text_of_no_known_language_is_shown_as_it_is() -> None:
    (line,) = code_lines("[b]not markup[/b]", "klingon")
    assert line.segments == (("[b]not markup[/b]", "plain"),)


def test_the_lines_count_from_where_the_code_stands_in_its_file() -> None:
    assert first_line_of("select 1", "\n\n  select 1\n") == 3
    assert first_line_of("select 1", "select 1") == 1
    assert first_line_of("something else", "select 1") == 1


def test_compiled_code_loses_the_empty_lines_that_macros_leave() -> None:
    assert tidied("\n\n\n    select 1\n   \n\n\n    from x\n\n") == "select 1\n\nfrom x"
