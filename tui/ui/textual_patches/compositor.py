"""A compositor that looks only at the rows of the screen that are painted.

Where the first and the last row of a screen change, Textual collects every row of every widget
between them, to throw them away. While a run is active that is most of the work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.strip import Strip


class FrugalCompositor(Compositor):
    """Paints changed rows, each run of neighbouring ones by itself."""

    _is_front_only = False

    def render_front(self) -> ChopsUpdate | None:
        """Paint all but the screen itself, which keeps what was painted there before."""
        self._dirty_regions = {
            region.intersection(clip)
            for widget, (region, clip) in self.visible_widgets.items()
            if widget is not self.root
        }
        self._is_front_only = True
        try:
            return self.render_partial_update()
        finally:
            self._is_front_only = False

    def render_partial_update(self) -> ChopsUpdate | None:
        """Paint what is dirty; None where nothing is."""
        regions = self._dirty_regions.copy()
        self._dirty_regions.clear()
        spans = list(self._regions_to_spans(regions)) if regions else []
        if not spans:
            return None
        width, height = self.size
        chops: list[Mapping[int, Strip]] = [{} for _ in self.cuts]
        for start, end in runs_of({y for y, _, _ in spans if 0 <= y < height}):
            band = Region(0, start, width, end - start)
            chops[start:end] = self._render_chops(band, range(start, end).__contains__)[start:end]
        return ChopsUpdate(chops, spans, [cuts[1:] for cuts in self.cuts])

    def _get_renders(
        self, crop: Region | None = None
    ) -> Iterable[tuple[Region, Region, list[Strip]]]:
        if not self._is_front_only and (crop is None or crop.size == self.size):
            yield from super()._get_renders(crop)
            return
        for widget, (region, clip) in self.visible_widgets.items():
            if self._is_front_only and widget is self.root:
                continue
            seen = clip.intersection(crop)
            x, y, width, height = region.intersection(seen)
            if width and height:
                part = Region(x - region.x, y - region.y, width, height)
                yield region, seen, widget.render_lines(part)


def runs_of(rows: Iterable[int]) -> Iterable[tuple[int, int]]:
    """Neighbouring numbers as ranges: first, and one past the last."""
    start = end = -1
    for row in sorted(rows):
        if row != end:
            if end > start:
                yield start, end
            start = row
        end = row + 1
    if end > start:
        yield start, end
