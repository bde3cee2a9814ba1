"""Cells of a CSV file that a spreadsheet would run as a formula when somebody opens the file.

The list is OWASP's (https://owasp.org/www-community/attacks/CSV_Injection), and so is the cure: an
apostrophe, which a spreadsheet takes for "this is text". Numbers stay numbers, with their signs.
"""

from __future__ import annotations

BEGINNINGS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
MARK = "'"


def is_formula(text: str | None) -> bool:
    """Whether a spreadsheet might run a cell."""
    return (
        text is not None and len(text) > 1 and text.startswith(BEGINNINGS) and not _is_number(text)
    )


def as_cell(text: str | None) -> str | None:
    """A cell that is shown and not run."""
    return f"{MARK}{text}" if is_formula(text) else text


def _is_number(text: str) -> bool:
    if text != text.strip():
        return False
    try:
        float(text)
    except ValueError:
        return False
    return True
