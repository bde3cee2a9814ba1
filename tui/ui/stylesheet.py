"""A stylesheet that does nothing twice, and nothing that nobody looks at.

Textual parses all CSS anew whenever a theme is set or a screen brings a file, three times before
the first frame; where the variables stay, what was parsed is still right. And it computes the
styles of all component classes of a widget whenever it is styled; here each is computed when it is
first asked for, since most never are.
"""

from __future__ import annotations

from collections.abc import Collection

from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode


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

    def _process_component_classes(self, node: DOMNode) -> None:
        names = node._get_component_classes()
        if not names:
            return
        before = node._component_styles
        node._component_styles = found = ComponentStyles(self, node, names)
        if any(found[name] != styles for name, styles in before.items()):
            node.refresh()


class ComponentStyles(dict[str, RenderStyles]):
    """The styles of a widget's component classes, each computed when it is first looked at."""

    def __init__(self, stylesheet: Stylesheet, node: DOMNode, names: Collection[str]) -> None:
        super().__init__()
        self._stylesheet = stylesheet
        self._node = node
        self._names = names

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __missing__(self, name: str) -> RenderStyles:
        if name not in self._names:
            raise KeyError(name)
        component = DOMNode(classes=name)
        component._attach(self._node)
        self._stylesheet.apply(component)
        self[name] = component.styles
        return component.styles
