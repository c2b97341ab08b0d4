"""A scripted model server in a process of its own, to be killed, stopped and started again."""

import asyncio
import signal
import subprocess
import sys

import httpx

from tests.browser.installation import START_SECONDS, free_port
from tests.processes import ROOT
from tests.scripted_model import scripted_model

PIECES = 60
PIECE_SECONDS = 0.05


def answer_for(question: str) -> list[str]:
    """Return what the process answers."""
    return [f"{question}: ", *(f"word{number} " for number in range(PIECES))]


class ModelProcess:
    """The process on a port that it keeps."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        self.spawn()
        async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(START_SECONDS):
            while not await _is_there(client, f"http://127.0.0.1:{self.port}/health"):  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    def spawn(self) -> None:
        """Start it and do not wait."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.model_process", str(self.port)], cwd=ROOT
        )

    def kill(self) -> None:
        """End it as a crash does; does nothing when it has ended."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def halt(self) -> None:
        """Stop it where it is: its connections stay open and nothing moves."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it go on from where it was stopped."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


async def _is_there(client: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await client.get(url)).status_code == 200
    except httpx.HTTPError:
        return False


async def _serve(port: int) -> None:
    async with scripted_model(port) as model:
        model.answer, model.piece_seconds = answer_for, PIECE_SECONDS
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
