"""Runs the programs of one installation side by side and leaves no process behind, however it ends."""

import asyncio
import os
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from chatbot.monitoring import guardian
from chatbot.monitoring.child import Child, Program
from chatbot.monitoring.console import Console
from chatbot.monitoring.processes import write_statuses


class Supervisor:
    """An async context manager: inside it programs are started and kept running, after it none is left.

    Ended in the usual way it stops its children itself. Killed with SIGKILL it cannot, so a guardian process
    holds the other end of a pipe and ends them when the pipe closes.
    """

    def __init__(self, status_path: Path, console: Console) -> None:
        self._status_path = status_path
        self._console = console
        self._children: dict[str, Child] = {}
        self._hurry = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._status_path.parent.mkdir(parents=True, exist_ok=True)
        reading, self._guardian = os.pipe()
        self._guardian_process = await asyncio.create_subprocess_exec(
            sys.executable, "-I", "-S", guardian.__file__, stdin=reading, start_new_session=True
        )
        os.close(reading)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()
        os.close(self._guardian)
        await self._guardian_process.wait()
        self._status_path.unlink(missing_ok=True)

    def start(self, program: Program) -> None:
        """Start `program` and keep it running."""
        child = Child(program, self._console, self._guardian, self._write_status)
        self._children[program.name] = child
        child.start()

    async def stop(self, *names: str) -> None:
        """Stop the programs called `names`, all at once, and return when they are gone; without names all."""
        children = [
            self._children.pop(name) for name in names or list(self._children) if name in self._children
        ]
        await asyncio.gather(*(child.stop(self._hurry) for child in children))

    def hurry(self) -> None:
        """Give up waiting: kill what has not yet stopped."""
        self._hurry.set()

    def _write_status(self) -> None:
        try:
            write_statuses(self._status_path, (child.status for child in self._children.values()))
        except OSError as error:
            self._console.line("parley", f"{self._status_path} cannot be written: {error.strerror}", 31)
