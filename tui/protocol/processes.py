"""Which process is meant: a process id together with the moment at which it was started.

A process id alone is reused, within minutes on a busy machine and surely after a reboot. A run
records both, so that whoever finds it later can tell whether it still goes on.
"""

from __future__ import annotations

import os
import subprocess
import sys

PROC = "/proc"
BOOT_ID = "/proc/sys/kernel/random/boot_id"


def process_start(pid: int) -> str:
    """When the process was started, in the words of its system; "" when there is none.

    The text is only good for comparing. A zombie, which can do nothing any more, counts as gone.
    """
    if pid <= 0:
        return ""
    if sys.platform == "win32":
        return _from_windows(pid)
    if os.path.exists(f"{PROC}/self/stat"):
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


def group_members(group: int) -> set[int]:
    """The processes of a process group."""
    if os.path.exists(f"{PROC}/self/stat"):
        found = {int(pid): _stat_of(int(pid)) for pid in filter(str.isdigit, os.listdir(PROC))}
        return {pid for pid, fields in found.items() if fields[2:3] == [str(group).encode()]}
    told = _ps("-A", "-o", "pid=", "-o", "pgid=").splitlines()
    return {int(pid) for pid, of in map(str.split, told) if int(of) == group}


def is_stopped(pid: int) -> bool:
    """Whether a process was stopped by a signal, as by ctrl-z, and does nothing till it is
    continued.
    """
    if os.path.exists(f"{PROC}/self/stat"):
        return _stat_of(pid)[:1] == [b"T"]
    return _ps("-o", "stat=", "-p", str(pid)).startswith("T")


def writers_of(path: str) -> set[int] | None:
    """The processes that have a file open, as far as this user may see; None where the system
    does not tell.
    """
    try:
        wanted = os.stat(path)
    except OSError:
        return set()
    if not os.path.isdir(f"{PROC}/self/fd"):
        return _from_lsof(path)
    found = set()
    for pid in filter(str.isdigit, os.listdir(PROC)):
        try:
            links = list(os.scandir(f"{PROC}/{pid}/fd"))
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


def _stat_of(pid: int) -> list[bytes]:
    """Linux: what the system says of a process, from its state on; nothing where it is gone."""
    try:
        with open(f"{PROC}/{pid}/stat", "rb") as stat:
            # The second field is the program's name in brackets, which may hold anything.
            return stat.read().rpartition(b")")[2].split()
    except OSError:
        return []


def _from_proc(pid: int) -> str:
    """Linux: the ticks since boot at which it was started, and which boot that was."""
    fields = _stat_of(pid)
    if len(fields) < 20 or fields[0] in (b"Z", b"X", b"x"):
        return ""
    try:
        with open(BOOT_ID, encoding="ascii") as boot:
            return f"{fields[19].decode()}@{boot.read(8)}"
    except OSError:
        return fields[19].decode()


def _from_ps(pid: int) -> str:
    """Elsewhere on POSIX (macOS, the BSDs): `ps` knows the second."""
    told = _ps("-o", "stat=", "-o", "lstart=", "-p", str(pid))
    state, _, started = told.partition(" ")
    return "" if not started or state.startswith("Z") else " ".join(started.split())


def _ps(*words: str) -> str:
    """What `ps` says."""
    environment = {**os.environ, "LC_ALL": "C", "TZ": "UTC"}
    asked = ["ps", *words]
    told = subprocess.run(asked, capture_output=True, text=True, check=False, env=environment)
    return told.stdout.strip()


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
