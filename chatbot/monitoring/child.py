"""One supervised program: started, listened to, started again when it ends, and stopped."""

import asyncio
import os
import signal
import time
from asyncio.subprocess import DEVNULL, STDOUT, Process
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from chatbot.monitoring.console import Console
from chatbot.monitoring.exits import describe_exit, kills_for_memory
from chatbot.monitoring.processes import ProcessStatus, State

FIRST_DELAY_SECONDS = 0.5
LONGEST_DELAY_SECONDS = 30.0
HEALTHY_AFTER_SECONDS = 60.0
_LONGEST_LINE = 64 * 1024
_LAST_WORDS_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Program:
    """What to run: `grace_seconds` is the time it has between SIGTERM and SIGKILL."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    colour: int = 36
    grace_seconds: float = 10.0


def delay_before_start(failures: int) -> float:
    """Return how many seconds to wait before the next start after `failures` short lives in a row."""
    return min(FIRST_DELAY_SECONDS * 2.0 ** min(failures, 16), LONGEST_DELAY_SECONDS)


class Child:
    """Keeps one program running until `stop`.

    Each start gets a session, and so a process group, of its own: Ctrl-C in the terminal reaches the
    supervisor alone, and whatever the program itself starts is ended with it. `guardian` is the file
    descriptor on which the guardian learns of the group, `on_change` is called after each change of `status`.
    """

    def __init__(
        self, program: Program, console: Console, guardian: int, on_change: Callable[[], None]
    ) -> None:
        self.program = program
        self.status = ProcessStatus(program.name, State.WAITING, None, time.time(), 0, "")
        self._console = console
        self._guardian = guardian
        self._on_change = on_change
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep the program running."""
        self._running = asyncio.create_task(self._keep_running(), name=self.program.name)

    async def stop(self, hurry: asyncio.Event) -> None:
        """End the program: SIGTERM, and SIGKILL after its grace or as soon as `hurry` is set."""
        self._stopping.set()
        if self._running is None:
            return
        self._signal(signal.SIGTERM)
        cut_short = asyncio.create_task(hurry.wait())
        await asyncio.wait(
            {self._running, cut_short},
            timeout=self.program.grace_seconds,
            return_when=asyncio.FIRST_COMPLETED,
        )
        cut_short.cancel()
        if not self._running.done():
            patience = "at once" if hurry.is_set() else f"within {self.program.grace_seconds:g} s"
            self._say(f"did not stop {patience} and is killed")
            self._signal(signal.SIGKILL)
        await self._running
        self._become(State.STOPPED)

    async def _keep_running(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            reason = await self._run_once()
            if self._stopping.is_set():
                return
            failures = 0 if time.monotonic() - started >= HEALTHY_AFTER_SECONDS else failures + 1
            delay = delay_before_start(max(failures - 1, 0))
            self._become(State.WAITING, restarts=self.status.restarts + 1, last_exit=reason)
            self._say(f"{reason}; it is started again in {delay:g} s (restart {self.status.restarts})")
            with suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._stopping.wait()

    async def _run_once(self) -> str:
        """Run the program to its end and return how it ended, in words."""
        kills = kills_for_memory()
        reading, writing = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *self.program.command,
                stdin=DEVNULL,
                stdout=writing,
                stderr=STDOUT,
                env={**os.environ, "PYTHONUNBUFFERED": "1", **self.program.environment},
                start_new_session=True,
                restore_signals=False,
                preexec_fn=self._tell_guardian,
            )
        except OSError as error:
            os.close(reading)
            return f"cannot be started ({error.strerror})"
        finally:
            os.close(writing)
        self._process = process
        self._become(State.RUNNING, pid=process.pid)
        if self._stopping.is_set():
            self._signal(signal.SIGTERM)
        listening = asyncio.create_task(self._pass_lines_on(reading))
        returncode = await process.wait()
        # What the program left behind, a worker of a worker for example, holds ports and files.
        self._signal(signal.SIGKILL)
        with suppress(BrokenPipeError):
            os.write(self._guardian, b"-%d\n" % process.pid)
        self._process = None
        await asyncio.wait({listening}, timeout=_LAST_WORDS_SECONDS)
        listening.cancel()
        return describe_exit(returncode, kills_for_memory() > kills)

    def _tell_guardian(self) -> None:
        """Runs in the new process before the program does, so that no moment is left unguarded."""
        with suppress(BrokenPipeError):
            os.write(self._guardian, b"+%d\n" % os.getpid())

    async def _pass_lines_on(self, reading: int) -> None:
        """Print what arrives at the file descriptor `reading` until its last writer is gone."""
        lines = asyncio.StreamReader(limit=_LONGEST_LINE)
        transport, _ = await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(lines), os.fdopen(reading, "rb", 0)
        )
        try:
            while True:
                try:
                    line = await lines.readuntil(b"\n")
                except asyncio.IncompleteReadError as end:
                    line = end.partial
                except asyncio.LimitOverrunError:
                    line = await lines.read(_LONGEST_LINE)
                if not line:
                    return
                text = line.decode("utf-8", "replace").rstrip()
                if text:
                    self._console.line(self.program.name, text, self.program.colour)
        finally:
            transport.close()

    def _signal(self, number: signal.Signals) -> None:
        """Send a signal: SIGTERM to the program, which ends its own; SIGKILL to its whole group."""
        if self._process is None:
            return
        with suppress(ProcessLookupError, PermissionError):
            if number == signal.SIGKILL:
                os.killpg(self._process.pid, number)
            else:
                self._process.send_signal(number)

    def _say(self, text: str) -> None:
        self._console.line("parley", f"{self.program.name}: {text}", 33)

    def _become(
        self,
        state: State,
        *,
        pid: int | None = None,
        restarts: int | None = None,
        last_exit: str | None = None,
    ) -> None:
        self.status = ProcessStatus(
            self.program.name,
            state,
            pid,
            time.time(),
            self.status.restarts if restarts is None else restarts,
            self.status.last_exit if last_exit is None else last_exit,
        )
        self._on_change()
