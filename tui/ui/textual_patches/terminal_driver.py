"""Textual's driver for a terminal that may be gone, and for unknown input.

Checked with Textual 8.2. Without it a closed terminal leaves the process behind (its last writes
wait for a thread that died), a byte that is no UTF-8 ends the program, input that has ended takes
a whole core, and ctrl-z can stop it in the middle of a write, or with no shell to continue it.
"""

from __future__ import annotations

import os
import selectors
import termios
from codecs import getincrementaldecoder
from contextlib import suppress
from typing import Any, Protocol, cast, runtime_checkable

from textual._parser import ParseError
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Resize
from textual.message import Message

from tui.ui.terminal.job import is_in_front, stop_until_continued
from tui.ui.terminal.opening_frame import ALTERNATE_SCREEN, OpeningFrame
from tui.ui.terminal.output import TerminalOutput, terminal_file

TICK = 0.1
"""Seconds after which an escape that nothing follows is the key."""
CHUNK = 4096
"""Bytes that are read at once."""
RESTORED = (
    "\x1b[?2004l\x1b[?7h\x1b[?2048l\x1b[?1016l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l"
    "\x1b[<u\x1b[?1049l\x1b[?25h\x1b[?1004l"
)
"""Takes back what Textual asks of a terminal: modes of the mouse and keys, the other screen."""
LARGEST = 5000
"""Columns or rows of a terminal, at most."""


class TerminalLost(Message, bubble=False):
    """The terminal is gone. Sent by the driver to the app."""


@runtime_checkable
class TerminalHolder(Protocol):
    """An app that wants to know its driver, to lose or restore the terminal by it."""

    def take_terminal(self, driver: TerminalDriver) -> None:
        """Called by the driver as soon as it is made."""


class TerminalDriver(LinuxDriver):
    """Writes to the terminal and reads from it for as long as there is one."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        super().__init__(app, **options)
        self.farewell = ""
        """What takes back what `tell` set, in the last moment."""
        self.opening: OpeningFrame | None = None
        """What was painted on the terminal already, until that is taken."""
        self._output = TerminalOutput(terminal_file(), self._report_lost)
        self._file = cast(Any, self._output)
        if isinstance(app, TerminalHolder):
            app.take_terminal(self)

    @property
    def is_lost(self) -> bool:
        """Whether the terminal is gone."""
        return self._output.is_lost

    def lose(self) -> None:
        """Neither write to the terminal any more nor wait for it."""
        self._output.is_lost = True

    def start_application_mode(self) -> None:
        """Take the terminal, with the frame that may be there."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        opening, self.opening = self.opening, None
        if opening is not None and (found := opening.hand_over()) is not None:
            self.attrs_before = found

    def write(self, data: str) -> None:
        """Write, unless there is nothing to write to: a closed terminal, one given to another."""
        if data == ALTERNATE_SCREEN and self.opening is not None and self.opening.is_painted:
            return  # some terminals would clear it
        writer = self._writer_thread
        if writer is not None and writer.is_alive() and not self.is_lost:
            super().write(data)

    def tell(self, sequence: str) -> bool:
        """Send the terminal something beside the screen, between two frames.

        Returns whether it was: not while another program has the terminal, or there is none.
        """
        writer = self._writer_thread
        if writer is None or not writer.is_alive() or self.is_lost:
            return False
        if sequence:
            super().write(sequence)
        return True

    def close(self) -> None:
        """Let the writer write what it has."""
        writer = self._writer_thread
        if writer is not None and writer.is_alive():
            super().close()

    def restore(self) -> None:
        """Put the terminal back as it was found, in the last moment: without waiting for it."""
        if self.attrs_before is None or self.is_lost:
            return
        with suppress(termios.error):
            termios.tcsetattr(self.fileno, termios.TCSANOW, self.attrs_before)
        self._output.send_at_once(self.farewell + RESTORED)

    def stop_process(self) -> bool:
        """Give the terminal to the shell and stop, until the shell continues the process.

        Returns whether there was a shell to stop for.
        """
        if not self._auto_restart:  # an editor has the terminal, and is stopped as well
            return stop_until_continued(self.fileno)
        self.suspend_application_mode()
        try:
            return stop_until_continued(self.fileno)
        finally:
            self.resume_application_mode()

    def _sigtstp_application(self, *_: object) -> None:
        """Stop in a turn of the loop: here the main thread may hold a lock of the writer's."""
        with suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(self._app.action_suspend_process)

    def _sigcont_application(self, *_: object) -> None:
        """Something else stopped the process, and the terminal is as whoever had it left it."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._take_back)

    def _take_back(self) -> None:
        if self._auto_restart and not self.is_lost and is_in_front(self.fileno):
            self.suspend_application_mode()
            self.resume_application_mode()
            self._app.refresh(layout=True)

    def _report_lost(self) -> None:
        with suppress(RuntimeError):  # the loop is closed: the app is gone as well
            self.send_message(TerminalLost())

    def _run_input_thread(self) -> None:
        try:
            self.run_input_thread()
        except Exception as error:  # noqa: BLE001 - the edge of a thread: told as any defect
            with suppress(RuntimeError):
                self._app.call_later(self._app._handle_exception, error)

    def run_input_thread(self) -> None:
        """Read keys and the mouse until the app or the terminal ends."""
        reading = Reading()
        with selectors.DefaultSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                data = None
                if selector.select(TICK):
                    try:
                        data = os.read(self.fileno, CHUNK)
                    except OSError:
                        data = b""
                    if not data:
                        self.lose()
                        self._report_lost()
                        return
                for message in reading.messages(data):
                    self.process_message(message)


class Reading:
    """What is typed, from bytes to messages."""

    def __init__(self) -> None:
        self._decode = getincrementaldecoder("utf-8")(errors="replace").decode
        self._parser = XTermParser()

    def messages(self, data: bytes | None) -> list[Message]:
        """What these bytes mean; None: nothing was typed for a moment.

        What nobody understands means nothing: it is dropped, with what came with it.
        """
        found: list[Message] = []
        try:
            if data is not None:
                found.extend(self._parser.feed(self._decode(data)))
            found.extend(self._parser.tick())
        except (ParseError, RuntimeError, ValueError, ArithmeticError, LookupError):
            before, self._parser = self._parser, XTermParser()
            self._parser.terminal_size = before.terminal_size
            self._parser.terminal_pixel_size = before.terminal_pixel_size
            self._parser.mouse_pixels = before.mouse_pixels
        return [message for message in found if not _is_odd(message)]


def _is_odd(message: Message) -> bool:
    """Whether it reports a terminal that no screen can be painted for."""
    if not isinstance(message, Resize):
        return False
    return not all(0 < length <= LARGEST for length in message.size)
