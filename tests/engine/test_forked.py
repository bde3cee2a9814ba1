"""What has become of a forked child that gave no answer."""

import os
import signal
import time

import pytest

from tui.engine.process.forked import HAS_FORK, ChildDied, Errand, in_child

pytestmark = pytest.mark.skipif(not HAS_FORK, reason="there is no fork")


def hang() -> None:
    while True:
        time.sleep(60)


def test_a_child_that_takes_too_long_is_ended_whatever_its_parent_does_with_the_signal():
    before = signal.signal(signal.SIGALRM, lambda *_: None)
    try:
        with pytest.raises(ChildDied) as died:
            Errand(hang, seconds=1).answer()
    finally:
        signal.signal(signal.SIGALRM, before)
    assert died.value.took_too_long
    assert died.value.why("The import of shop", 60) == (
        "The import of shop took over 60 seconds and was ended."
    )


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (lambda: os._exit(5), "The import of shop ended with exit code 5 before it was done."),
        (lambda: os.kill(os.getpid(), 12), "The import of shop was killed (signal 12, SIGUSR2)."),
    ],
)
def test_how_a_child_ended_by_itself_is_told(end, words):
    with pytest.raises(ChildDied) as died:
        in_child(end)
    assert not died.value.took_too_long
    assert died.value.why("The import of shop", 60) == words
