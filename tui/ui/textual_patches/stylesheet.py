"""A stylesheet that computes nothing twice, and nothing that is not needed.

Textual parses all CSS again whenever a theme is set or a screen brings a file, three times before
the first frame; where the variables stay, what was parsed is still right, also since the last
start. And it computes the styles of all component classes of a widget whenever it is styled; here
each is computed when it is first asked for, since most never are, and kept for when the widget is
again as it was: with the focus and without it.

Checked with Textual 8.2. Without it all of that is done, before the first frame too.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from textual.css.styles import RenderStyles
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode

from tui.ui.textual_patches.style_cache import keep_parsed, read_parsed

SITUATIONS = 16
"""In how many situations of a widget the styles of its component classes are kept."""


class SteadyStylesheet(Stylesheet):
    """Keeps the rules that it parsed for as long as the variables stay."""

    _kept: frozenset[object] | None = None
    """What is kept for the next start already; None before anything was parsed."""
    _parsed = 0
    """How often something was parsed: what was computed before may be wrong."""

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
        self._parsed += 1
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
        known = before.known if isinstance(before, ComponentStyles) else {}
        situation = (self._parsed, *_situation(node))
        found = known.get(situation)
        if found is None:
            if len(known) >= SITUATIONS:
                known.clear()
            known[situation] = found = ComponentStyles(self, node, names, known)
        node._component_styles = found
        if found is not before and any(found[name] != styles for name, styles in before.items()):
            node.refresh()


def _situation(node: DOMNode) -> tuple[Any, ...]:
    """What selectors can tell apart of a node and of those around it."""
    return tuple(
        (one._id, one.classes, one._pseudo_classes_cache_key) for one in node.ancestors_with_self
    )


class ComponentStyles(dict[str, RenderStyles]):
    """The styles of a widget's component classes, each computed when it is first looked at."""

    def __init__(
        self,
        stylesheet: Stylesheet,
        node: DOMNode,
        names: Collection[str],
        known: dict[tuple[Any, ...], ComponentStyles],
    ) -> None:
        super().__init__()
        self.known = known
        """Those of the widget's other situations."""
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
