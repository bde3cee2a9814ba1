"""Which process is meant: a process id together with the moment at which it was started.

A process id alone is reused, within minutes on a busy machine and surely after a reboot. A run
records both, so that whoever finds it later can tell whether it still goes on.
"""

from __future__ import annotations

import os
import subprocess
import sys

BOOT_ID = "/proc/sys/kernel/random/boot_id"


def process_start(pid: int) -> str:
    """When the process was started, in the words of its system; "" when there is none.

    The text is only good for comparing. A zombie, which can do nothing any more, counts as gone.
    """
    if pid <= 0:
        return ""
    if sys.platform == "win32":
        return _from_windows(pid)
    if os.path.exists("/proc/self/stat"):
        return _from_proc(pid)
    return _from_ps(pid)


def is_alive(pid: int, started: str) -> bool:
    """Whether the process that was started then is still there.

    Args:
        pid: process id.
        started: what `process_start` said of it; "" (unknown) is content with any process.
    """
    now = process_start(pid)
    return bool(now) and (not started or now == started)


def writers_of(path: str) -> set[int] | None:
    """The processes that have a file open, as far as this user may see; None where the system
    does not tell.
    """
    try:
        wanted = os.stat(path)
    except OSError:
        return set()
    if not os.path.isdir("/proc/self/fd"):
        return _from_lsof(path)
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            links = list(os.scandir(f"/proc/{pid}/fd"))
        except OSError:
            continue
        for link in links:
            try:
                opened = link.stat()
            except OSError:
                continue
            if (opened.st_dev, opened.st_ino) == (wanted.st_dev, wanted.st_ino):
                found.add(int(pid))
                break
    return found


def _from_lsof(path: str) -> set[int] | None:
    """Elsewhere on POSIX: `lsof` knows, where it is installed."""
    try:
        told = subprocess.run(
            ["lsof", "-t", "--", path], capture_output=True, text=True, check=False
        ).stdout
    except OSError:
        return None
    return {int(word) for word in told.split() if word.isdigit()}


def _from_proc(pid: int) -> str:
    """Linux: the ticks since boot at which it was started, and which boot that was."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as stat:
            # The second field is the program's name in brackets, which may hold anything.
            fields = stat.read().rpartition(b")")[2].split()
    except OSError:
        return ""
    if len(fields) < 20 or fields[0] in (b"Z", b"X", b"x"):
        return ""
    try:
        with open(BOOT_ID, encoding="ascii") as boot:
            return f"{fields[19].decode()}@{boot.read(8)}"
    except OSError:
        return fields[19].decode()


def _from_ps(pid: int) -> str:
    """Elsewhere on POSIX (macOS, the BSDs): `ps` knows the second."""
    told = subprocess.run(
        ["ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "LC_ALL": "C", "TZ": "UTC"},
    ).stdout.strip()
    state, _, started = told.partition(" ")
    return "" if not started or state.startswith("Z") else " ".join(started.split())


def _from_windows(pid: int) -> str:
    """Windows: the creation time, in units of 100 ns since 1601."""
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    kernel.OpenProcess.restype = ctypes.c_void_p
    query_limited_information, still_active = 0x1000, 259
    handle = ctypes.c_void_p(kernel.OpenProcess(query_limited_information, False, pid))
    if handle.value is None:
        return ""
    try:
        code = ctypes.c_ulong()
        times = [ctypes.c_ulonglong() for _ in range(4)]
        if not kernel.GetExitCodeProcess(handle, ctypes.byref(code)) or code.value != still_active:
            return ""
        if not kernel.GetProcessTimes(handle, *(ctypes.byref(time) for time in times)):
            return ""
        return str(times[0].value)
    finally:
        kernel.CloseHandle(handle)
