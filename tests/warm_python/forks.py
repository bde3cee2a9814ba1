"""A process that forks itself for each request: what the server of the warm Python and that of the
warm dbtree share. Runs on any Python that the tests' dbt may have; imports nothing of the tests.
"""

import ctypes
import fcntl
import marshal
import os
import select
import shutil
import signal
import socket
import struct
import sys
import time
import warnings
from contextlib import suppress

READY = b"ready"


class Served:
    """One child and the stand-in that waits for it."""

    def __init__(self, pid, waiting):
        self.pid, self.waiting = pid, waiting


class Server:
    """The loop of requests."""

    def __init__(self, place, become, *, tells_ids=False):
        """Listen at a place.

        Args:
            place: the path of the socket.
            become: makes of a child what a request with descriptors wants.
            tells_ids: whether a child tells who asks its id when it has become that. Requests must
                then have no descriptors but the three of the streams.
        """
        self._become, self._tells_ids = become, tells_ids
        self._listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listening.bind(place)
        self._listening.listen(64)
        self._served = {}
        self._holding = []
        self._woken, wake = os.pipe()
        for descriptor in (self._woken, wake):
            os.set_blocking(descriptor, False)
        self._wake = wake

    def serve(self):
        """Until nobody holds it any more: None then. Else only in a child: what it is to do."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        while self._holding or not self._is_over():
            waiting = [one.waiting for one in self._served.values()]
            looked_at = [self._listening, self._woken, *self._holding, *waiting]
            ready, _, _ = select.select(looked_at, [], [])
            if self._woken in ready:
                with suppress(BlockingIOError):
                    os.read(self._woken, 4096)
                self._bury()
            for one in [one for one in self._holding if one in ready]:
                one.close()  # it says nothing: it has ended
                self._holding.remove(one)
            for one in list(self._served.values()):
                if one.waiting in ready:
                    self._hand_on(one)
            if self._listening in ready:
                connection, _ = self._listening.accept()
                work = self._fork(connection)
                if work is not None:
                    return work
        return None

    def _is_over(self):
        """Whether nobody comes any more; the directory of the socket is gone then. Whoever starts
        the server, or comes later, holds the lock in there until it is connected.
        """
        directory = os.path.dirname(self._listening.getsockname())
        with open(os.path.join(directory, "lock")) as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if select.select([self._listening], [], [], 0)[0]:
                return False
            shutil.rmtree(directory, ignore_errors=True)
            return True

    def _hand_on(self, one):
        """Give a child the signals that its stand-in got; kill it when that is gone."""
        try:
            numbers = one.waiting.recv(64)
        except OSError:
            numbers = b""
        # The child is there, if only as a zombie: this process alone waits for it.
        for number in numbers or [signal.SIGKILL]:
            os.kill(one.pid, number)
        if not numbers:
            one.waiting.close()
            del self._served[one.pid]

    def _bury(self):
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            one = self._served.pop(pid, None)
            if one is not None:
                with suppress(OSError):
                    one.waiting.sendall(struct.pack("i", status))
                one.waiting.close()

    def _fork(self, connection):
        try:
            request, descriptors = received(connection)
        except (OSError, ValueError, EOFError, struct.error):  # it was killed while it asked
            connection.close()
            return None
        if request is None:
            self._holding.append(connection)
            with suppress(OSError):
                connection.sendall(READY)
            return None
        pid = os.fork()
        if pid:
            for descriptor in descriptors:
                os.close(descriptor)
            self._served[pid] = Served(pid, connection)
            return None
        self._forget()
        if not self._tells_ids:
            connection.close()
        self._become(request, descriptors)
        if self._tells_ids:
            with suppress(OSError):  # it is gone: the server kills the child for that
                connection.sendall(struct.pack("i", os.getpid()))
            connection.close()
        return request[0]

    def _forget(self):
        """What of the server is none of the child's."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for one in self._served.values():
            one.waiting.close()
        for one in (self._listening, *self._holding):
            one.close()
        os.close(self._woken)
        os.close(self._wake)


def received(connection):
    """A request, and the descriptors that came with it."""
    size = struct.calcsize("I")
    head, descriptors, _, _ = socket.recv_fds(connection, size, 250)
    (left,) = struct.unpack("I", head)
    parts = []
    while left:
        part = connection.recv(left)
        if not part:
            raise EOFError
        parts.append(part)
        left -= len(part)
    return marshal.loads(b"".join(parts)), descriptors


def show(words, environment):
    """Have /proc tell of this process what it would tell of the real Python: its command line and
    its environment, as far as there is room where those of the server were (see `ROOM` in the
    package). Elsewhere than on Linux, nobody can look there.
    """
    try:
        with open("/proc/self/stat", "rb") as file:
            places = file.read().rpartition(b")")[2].split()[45:49]
    except OSError:
        return
    begin, end, environment_begin, environment_end = map(int, places)
    variables = [name + b"=" + value for name, value in environment.items()]
    overwrite(begin, end, [os.fsencode(word) for word in (sys.executable, *words)])
    overwrite(environment_begin, environment_end, variables)


def overwrite(begin, end, texts):
    """Write texts, each with its end, into a piece of this process's memory, and empty the rest."""
    room = end - begin
    kept = b"".join(text + b"\0" for text in texts)[: room - 1]
    ctypes.memmove(begin, kept.ljust(room, b"\0"), room)


def take_over(descriptors, numbers, above):
    """Have these descriptors under these numbers; those from `above` on are free for a while."""
    aside = [fcntl.fcntl(one, fcntl.F_DUPFD_CLOEXEC, above) for one in descriptors]
    for one in descriptors:
        os.close(one)
    for number, one in zip(numbers, aside, strict=True):
        os.dup2(one, number, inheritable=True)
        os.close(one)


def live_in(words, environment, directory, umask):
    """Have the environment and the directory of whoever asks, in a session of one's own."""
    os.setsid()
    os.umask(umask)
    os.chdir(directory)
    os.environb.clear()
    os.environb.update(environment)
    show(words, environment)
    time.tzset()
    if environment.get(b"PYTHONWARNINGS") == b"ignore":
        warnings.simplefilter("ignore")
