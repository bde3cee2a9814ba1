"""A stylesheet that does nothing twice, and nothing that nobody looks at.

Textual parses all CSS anew whenever a theme is set or a screen brings a file, three times before
the first frame; where the variables stay, what was parsed is still right, also since the last
start. And it computes the styles of all component classes of a widget whenever it is styled; here
each is computed when it is first asked for, since most never are.
"""

from __future__ import annotations

from collections.abc import Collection

from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from tui.ui.parsed_styles import keep_parsed, read_parsed


class SteadyStylesheet(Stylesheet):
    """Keeps the rules that it parsed for as long as the variables stay."""

    _kept: frozenset[object] | None = None
    """What is kept for the next start already; None before anything was parsed."""

    def set_variables(self, variables: dict[str, str]) -> None:
        """Take variables; what was parsed is forgotten only where they are others."""
        if variables != self._variables:
            super().set_variables(variables)
            self._kept = None

    def reparse(self) -> None:
        """Parse what changed: where the variables did, that is everything."""
        self.parse()

    def parse(self) -> None:
        """Parse what was added."""
        if self._kept is None:
            kept = read_parsed(self._variables)
            for source, rules in kept.items():
                self._parse_cache[source] = rules
            self._kept = frozenset(kept)
        super().parse()

    def keep(self) -> None:
        """Keep what is parsed by now for the next start."""
        parsed = {key: self._parse_cache[key] for key in self._parse_cache.keys()}  # noqa: SIM118
        if self._kept is not None and not self._kept.issuperset(parsed):
            keep_parsed(self._variables, parsed)
            self._kept = frozenset(parsed)

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
