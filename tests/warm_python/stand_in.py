"""What tests start in place of the Python of dbt: see the package. Run with -I -S -E; starts fast.

Where the command line is one that the server can do, it is done by a child of the server, which
gets this process's descriptors, environment and directory; this process hands on the signals that
it gets, and ends as the child does. When it is killed, so is the child. Everything else is done by
the real Python, which takes this process over.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import marshal
import os
import struct
import sys

PYTHON, SERVER = sys.argv[1:3]
WORDS = sys.argv[3:]
HANDED_ON = (
    _signal.SIGHUP,
    _signal.SIGINT,
    _signal.SIGQUIT,
    _signal.SIGUSR1,
    _signal.SIGUSR2,
    _signal.SIGTERM,
)
KILLED = _signal.SIGKILL
OF_A_START = {
    b"PYTHONUNBUFFERED",
    b"PYTHONIOENCODING",
    b"PYTHONWARNINGS",
    b"PYTHONDONTWRITEBYTECODE",
}
"""What may be set for a Python that was started before."""
ENGINES = ("tui.engine", "tui.engine.resident")


def is_known(words):
    """Whether the server does this: an engine, dbt's command line, or a program of the tests."""
    is_engine = len(words) > 2 and words[0].endswith("bootstrap.py") and words[1] in ENGINES
    is_module = len(words) > 1 and words[0] == "-m"
    return is_engine or (is_module and words[1].startswith(("dbt.cli.main", "tests.")))


def is_plain(environment):
    """Whether nothing in the environment changes how a Python starts."""
    return not any(
        name.startswith((b"PYTHON", b"LD_PRELOAD")) and name not in OF_A_START
        for name in environment
    )


def ask():
    """Have the server do it; the socket that tells of it, or None where there is no server."""
    asking = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        asking.connect(SERVER)
    except OSError:
        return None
    numbers = []
    for name in os.listdir("/dev/fd"):
        number = int(name)
        try:
            if number != asking.fileno() and os.get_inheritable(number):
                numbers.append(number)
        except OSError:  # that of the directory, which was just read
            continue
    umask = os.umask(0)
    os.umask(umask)
    request = marshal.dumps((WORDS, dict(os.environb), os.getcwdb(), umask, numbers))
    rights = struct.pack(f"{len(numbers)}i", *numbers)
    asking.sendmsg(
        [struct.pack("I", len(request))], [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, rights)]
    )
    view = memoryview(request)
    while view:
        view = view[asking.send(view) :]
    for number in numbers:
        os.close(number)
    return asking


def main():
    """Be the child, as far as anybody can tell who started this process."""
    asking = ask() if is_known(WORDS) and is_plain(os.environb) else None
    if asking is None:
        os.execv(PYTHON, [PYTHON, *WORDS])
    for number in HANDED_ON:
        if _signal.getsignal(number) != _signal.SIG_IGN:
            _signal.signal(number, lambda number, _: asking.send(bytes([number])))
    told = asking.recv(4)
    status = struct.unpack("i", told)[0] if len(told) == 4 else 255 << 8
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number != KILLED:
            _signal.signal(number, _signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


main()
