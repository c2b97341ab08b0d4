"""`manage.py start` as a process, over a data folder of its own."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx

from tests.browser.installation import free_port
from tests.chatbot.monitoring.supervised import wait_until
from tests.processes import ROOT

START_SECONDS = 180.0


class Started:
    """One run of `manage.py start`; `variables` come on top of the defaults for tests."""

    def __init__(self, data_dir: Path, **variables: str) -> None:
        self.data_dir = data_dir
        self.port, self.model_port = free_port(), free_port()
        kept = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL", "LOG_LEVEL")}
        self.environment = {
            **kept,
            "DATA_DIR": str(data_dir),
            "PORT": str(self.port),
            "INFERENCE_PORT": str(self.model_port),
            "INFERENCE_THREADS": "1",
            "DRAIN_SECONDS": "1",
            **variables,
        }
        self.lines: list[str] = []
        self.process: subprocess.Popen[str] | None = None

    def __enter__(self) -> "Started":
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "start"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._listening = threading.Thread(target=self._listen, args=(self.process,))
        self._listening.start()
        return self

    def __exit__(self, *_error: object) -> None:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(60)
        finally:
            self.process.kill()
            self._listening.join()

    @property
    def output(self) -> str:
        return "".join(self.lines)

    def wait_for(self, text: str, within: float = START_SECONDS) -> None:
        """Return once `text` was printed; fail when the start ended without it."""
        process = self.process
        assert process is not None
        wait_until(lambda: text in self.output or process.poll() is not None, within)
        assert text in self.output, self.output

    def end(self, within: float = START_SECONDS) -> int:
        """Return the exit code of a start that ends by itself."""
        assert self.process is not None
        code = self.process.wait(within)
        self._listening.join()
        return code

    def interrupt(self) -> int:
        """Press Ctrl-C and return the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.end(60)

    def readiness(self) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}/health/ready", timeout=10, trust_env=False)

    def _listen(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        with process.stdout:
            for line in process.stdout:
                self.lines.append(line)


def refusal(data_dir: Path, **variables: str) -> str:
    """Start with `variables`, expect to be refused with exit code 1, and return what was said."""
    with Started(data_dir, **variables) as started:
        assert started.end() == 1, started.output
    assert "Traceback" not in started.output
    return started.output.strip()
