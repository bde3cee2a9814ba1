"""A stylesheet that is not parsed again while neither it nor its variables changed.

Textual parses all CSS anew whenever a theme is set or a screen brings a file, three times before
the first frame; where the variables stay, what was parsed is still right.
"""

from __future__ import annotations

from textual.css.stylesheet import Stylesheet


class SteadyStylesheet(Stylesheet):
    """Keeps the rules that it parsed for as long as the variables stay."""

    _is_parsed_with: dict[str, str] | None = None

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take variables; what was parsed is forgotten only where they are others."""
        if variables != self._variables:
            super().set_variables(variables)

    def reparse(self) -> None:
        """Parse what changed, or everything where the variables did."""
        if self._is_parsed_with == self._variables:
            self.parse()
            return
        super().reparse()
        self._is_parsed_with = dict(self._variables)

    def parse(self) -> None:
        """Parse what was added."""
        super().parse()
        self._is_parsed_with = dict(self._variables)
