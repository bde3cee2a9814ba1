"""The screens are tested as on a terminal with all colours, whatever runs the tests."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import textual.app
import textual.pilot
import textual.screen
from textual._compositor import Compositor
from textual._context import visible_screen_stack
from textual._styles_cache import StylesCache

import tui.ui.frame_pacing
from tests.ui.quiet import nothing_to_do, wait_for_screen
from tui.ui.textual_patches import style_cache, stylesheet
from tui.ui.textual_patches.style_cache import Parsed


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the environment says of the terminal."""
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLORTERM", "truecolor")
    for name in ("NO_COLOR", "COLORFGBG", "TEXTUAL_COLOR_SYSTEM", "TMUX"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a pilot takes for idle."""
    monkeypatch.setattr(textual.app, "wait_for_idle", nothing_to_do)
    monkeypatch.setattr(textual.pilot, "wait_for_idle", nothing_to_do)
    monkeypatch.setattr(textual.pilot.Pilot, "_wait_for_screen", wait_for_screen)


@pytest.fixture(autouse=True)
def lively(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every frame is painted at once, as while somebody types, however slow the machine is."""
    monkeypatch.setattr(tui.ui.frame_pacing, "LIVELY", 1e12)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Textual remembers the last thousand widgets with all their lines: half a million objects."""
    yield
    StylesCache.get_inner_outer.cache_clear()


_rules: dict[frozenset[tuple[str, str]], Parsed] = {}
"""The CSS that was parsed in this process, by the variables that it was parsed with."""


def _rules_of(variables: Mapping[str, str]) -> Parsed:
    key = frozenset(variables.items())
    if key not in _rules:
        _rules[key] = style_cache.read_parsed(variables)
    return _rules[key]


def _keep_rules(variables: Mapping[str, str], parsed: Parsed) -> None:
    _rules[frozenset(variables.items())] = parsed
    style_cache.keep_parsed(variables, parsed)


@pytest.fixture(autouse=True)
def parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """CSS is parsed, or read as it was parsed, once for all apps: nothing changes its rules."""
    monkeypatch.setattr(stylesheet, "read_parsed", _rules_of)
    monkeypatch.setattr(stylesheet, "keep_parsed", _keep_rules)


PAINTED = {
    "test_frames",
    "test_keys_in_order",
    "test_painting",
    "test_plain_textual",
    "test_random_keys",
    "test_textual_fence",
    "test_themes",
}
"""The files whose tests need every frame: they look at frames, or at whether all can be painted."""


@pytest.fixture(autouse=True)
def seldom_frames(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only frames that somebody looks at are painted, which else is half of what a test costs.

    A test looks at the screen through `User.screen`, which paints it, or takes a picture, which is
    a full frame; `opened` paints the last one.
    """
    if request.path.stem in PAINTED:
        return
    paint = Compositor.render_update

    def paint_pictures(self: Compositor, full: bool = False, **how: Any) -> Any:
        if full:
            return paint(self, full, **how)
        visible_screen_stack.set(how.get("screen_stack") or [])
        self._dirty_regions.clear()
        return None

    monkeypatch.setattr(Compositor, "render_update", paint_pictures)
    # Frames that cost nothing may come often, so that nobody waits for the next one.
    monkeypatch.setattr(textual.screen, "UPDATE_PERIOD", 1 / 500)
