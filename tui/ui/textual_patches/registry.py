"""Every patch of Textual, whether it is on here, and what `dbtree info` says of them.

Imports nothing of Textual: what a patch needs is looked up when it is first asked for.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from tui.protocol.private_names import has_name, minor_version

CHECKED = ("8.2",)
"""The versions of Textual (major.minor) with which the tests are run."""
SWITCH = "DBTREE_TEXTUAL_PATCHES"
"""The environment variable that turns all patches off with `0`."""


@dataclass(frozen=True)
class Patch:
    """One patch, and whether it is on here."""

    name: str
    does: str
    without: str
    """What plain Textual does instead."""
    touches: tuple[str, ...] = ()
    """The private names of modules and classes that it needs: `module:Name` or `module:Name.name`.
    What Textual only sets on an object cannot be looked for; the versions stand for that.
    """
    needs: tuple[Patch, ...] = ()
    """Patches without which it is off."""
    versions: tuple[str, ...] = CHECKED
    """The versions of Textual (major.minor) that it was checked with."""

    @property
    def on(self) -> bool:
        """Whether it is to be used."""
        return not self.off_because

    @property
    def off_because(self) -> str:
        """Why it is not used here; empty when it is."""
        if _state.off is None:
            _state.off = _why_all_are_off()
        if _state.off:
            return _state.off
        known = _state.reasons.get(self.name)
        if known is None:
            known = _state.reasons[self.name] = self._look()
        return known

    def _look(self) -> str:
        version = textual_version()
        if minor_version(version) not in self.versions:
            return f"not checked with Textual {version}"
        for touched in self.touches:
            if not has_name(touched):
                return f"Textual {version} has no {touched}"
        return next((f"{one.name} is off" for one in self.needs if not one.on), "")


CHANGED_ROWS = Patch(
    "changed rows",
    "paint only the rows of the screen that changed",
    "between the first and the last row that changed every widget is drawn again",
    (
        "textual._compositor:ChopsUpdate",
        "textual._compositor:Compositor._get_renders",
        "textual._compositor:Compositor._regions_to_spans",
        "textual._compositor:Compositor._render_chops",
    ),
)
FIRST_FRAME = Patch(
    "first frame",
    "style, lay out and paint a new screen once",
    "a new screen is styled three times, and painted once where nobody sees it",
    (
        "textual.screen:Screen._compositor_refresh",
        "textual.screen:Screen._invoke_and_clear_callbacks",
    ),
)
PACED_FRAMES = Patch(
    "paced frames",
    "paint less often while only a run changes the screen",
    "each change of a run is painted at once, and takes the processor from the run",
    ("textual.screen:Screen._compositor_refresh", "textual.screen:Screen._on_timer_update"),
)
IMMEDIATE_PAINT = Patch(
    "immediate paint",
    "paint what a key changed as soon as it is done",
    "it is painted with the next frame, up to 1/60 s later",
    ("textual.screen:Screen._on_timer_update",),
)
FRONT_FIRST = Patch(
    "front first",
    "paint a sheet before the dimmed screen behind it",
    "both are painted together, some frames later on a large terminal",
    ("textual.screen:Screen._compositor_refresh", "textual.app:App._display"),
    (CHANGED_ROWS,),
)
DIMMED_BACKGROUND = Patch(
    "dimmed background",
    "dim the background of a sheet style by style",
    "it is dimmed segment by segment, which takes longer than a frame on a large terminal",
    ("textual.screen:Screen._compositor_refresh",),
)
STYLESHEET = Patch(
    "stylesheet",
    "keep parsed CSS, and compute the styles of parts of a widget when they are first used",
    "all CSS is parsed three times before the first frame",
    (
        "textual.css.stylesheet:Stylesheet._process_component_classes",
        "textual.dom:DOMNode._get_component_classes",
        "textual.dom:DOMNode._pseudo_classes_cache_key",
        "textual.message_pump:MessagePump._attach",
    ),
)
BORDER_TITLES = Patch(
    "border titles",
    "draw only the edges of a widget when its title changes",
    "the log is drawn anew each time the elapsed time in its title changes",
)
CONTENT_SIZE = Patch(
    "content size",
    "let a log grow without laying out the screen",
    "the screen is laid out anew for each new line of a log",
    ("textual.widget:Widget._scroll_update",),
)
KEY_ORDER = Patch(
    "key order",
    "do keys in the order in which they were typed",
    "a key typed while the one before it still opens a line or a sheet can get lost",
)
DIRECT_KEYS = Patch(
    "direct keys",
    "do the command of a key before the next key is looked at",
    "letters typed right behind `/` go to the tree",
    ("textual.app:App._check_bindings",),
)
LATE_WORK = Patch(
    "late work",
    "ignore errors of work for a screen that was just left",
    "such work can end the program",
    ("textual.app:App._handle_exception",),
)
CRASH_REPORT = Patch(
    "crash report",
    "end with a sentence after a defect, and keep the details in a file",
    "the traceback is printed",
    ("textual.app:App._fatal_error", "textual.app:App._close_messages_no_wait"),
)
TERMINAL_DRIVER = Patch(
    "terminal driver",
    "end when the terminal is closed, and ignore input that is not understood",
    "a closed terminal can leave the process behind, and odd input can end it",
    (
        "textual._parser:ParseError",
        "textual._xterm_parser:XTermParser",
        "textual.drivers.linux_driver:LinuxDriver._run_input_thread",
    ),
)
OPENING_FRAME = Patch(
    "opening frame",
    "open with the frame that the window was left with, while the screen is imported",
    "the terminal is empty until the first frame",
    ("textual._compositor:Compositor.render_strips",),
    (TERMINAL_DRIVER,),
)

ALL = (
    CHANGED_ROWS, FIRST_FRAME, PACED_FRAMES, IMMEDIATE_PAINT, FRONT_FIRST, DIMMED_BACKGROUND,
    STYLESHEET, BORDER_TITLES, CONTENT_SIZE, KEY_ORDER, DIRECT_KEYS, LATE_WORK,
    CRASH_REPORT, TERMINAL_DRIVER, OPENING_FRAME,
)  # fmt: skip


class _State:
    """What this process knows of its patches."""

    def __init__(self) -> None:
        self.off: str | None = None
        """Why all are off, or empty; None until it is first asked for."""
        self.reasons: dict[str, str] = {}
        """Why single ones are off, by their names; empty for those that are on."""


_state = _State()


def switch_off(reason: str) -> None:
    """Turn all patches of this process off, from the next screen or app on."""
    _state.off = reason


def switch_on() -> None:
    """Decide anew by the environment and the version of Textual."""
    _state.off = None


def report(patches: Iterable[Patch] = ALL) -> list[str]:
    """What `dbtree info` says: a line for each patch that is off, `name: off, because …`; one line
    where all are off for the same reason.
    """
    patches = tuple(patches)
    reasons = {patch.off_because for patch in patches}
    if len(reasons) == 1 and (reason := reasons.pop()):
        return [f"all: off, because {reason}"]
    return list(_lines(patches))


def _lines(patches: Iterable[Patch]) -> Iterator[str]:
    for patch in patches:
        if why := patch.off_because:
            yield f"{patch.name}: off, because {why}"


def _why_all_are_off() -> str:
    return f"{SWITCH}=0" if os.environ.get(SWITCH) == "0" else ""


def textual_version() -> str:
    """The version of Textual, by the name of the directory that pip notes it in.

    `textual.__version__` reads all of its metadata, which takes longer than the first frame.
    """
    import textual

    if textual.__file__:
        noted = list(Path(textual.__file__).parents[1].glob("textual-[0-9]*.dist-info"))
        if len(noted) == 1:
            return noted[0].name.removeprefix("textual-").removesuffix(".dist-info")
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("textual")
    except PackageNotFoundError:
        return "of an unknown version"
