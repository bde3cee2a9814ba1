"""The real `dbtree serve`, as a process of its own, with the mark of its processes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.closings import Marked, marked, told_of
from tests.serve.pages import until
from tests.terminal import PROGRAM, user_environment
from tests.waits import PATIENCE


class Serving:
    """A server that goes on."""

    def __init__(self, process: asyncio.subprocess.Process, url: str, processes: Marked) -> None:
        self.process = process
        self.url = url
        self.processes = processes
        """All that it started, itself as well."""
        self.said = b""
        """What it wrote to stderr, once it has ended."""

    async def nothing_but_the_server(self) -> None:
        """Wait until no window, engine or run is left."""
        await asyncio.to_thread(self.processes.wait_until_gone, but=(self.process.pid,))

    async def only_a_run(self) -> None:
        """Wait until no window is left, but a run."""

        def is_so() -> bool:
            left = [one for one in self.processes.alive() if one.pid != self.process.pid]
            return bool(left) and not any("--in-browser" in told_of(one) for one in left)

        await until(is_so, "no window, but a run")

    async def end(self, number: int = signal.SIGINT) -> int:
        """End it as ctrl-c does; returns the exit code."""
        if self.process.returncode is None:
            self.process.send_signal(number)
        assert self.process.stderr is not None
        async with asyncio.timeout(PATIENCE):
            self.said += await self.process.stderr.read()
            return await self.process.wait()


@asynccontextmanager
async def serving(project: Path, *arguments: str, **environment: str) -> AsyncIterator[Serving]:
    """`dbtree serve` in a project; nothing of it is left at the end."""
    with marked() as processes:
        process = await asyncio.create_subprocess_exec(
            PROGRAM, "serve", *arguments, cwd=project,
            env=user_environment(project, **processes.environment, **environment),
            stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdout is not None
        async with asyncio.timeout(PATIENCE):
            url = (await process.stdout.readline()).decode().strip()
        server = Serving(process, url, processes)
        try:
            yield server
        finally:
            await server.end()
