"""The web process keeps its sockets within bounds and drains before it stops."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests.browser.installation import free_port
from tests.chatbot.monitoring.supervised import wait_until
from tests.processes import ROOT

SERVE = [sys.executable, "manage.py", "serve"]

# The web server around an application that is too busy to read, or that talks without end.
SERVE_BUSY = """
import asyncio, os, django
os.environ["DJANGO_SETTINGS_MODULE"] = "chatbot.settings"
django.setup()
from chatbot.monitoring.web_server import WebServer

async def application(scope, receive, send):
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _piece in range(1024 if scope["path"] == "/pour" else 0):
            await send({"type": "http.response.body", "body": bytes(1 << 18), "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        return
    await send({"type": "websocket.accept"})
    while scope["path"] == "/pour":
        await send({"type": "websocket.send", "text": "x" * 50_000})
        await asyncio.sleep(0)
    await asyncio.sleep(600)

WebServer(application, "127.0.0.1", int(os.environ["PORT"]), 0).run()
"""


class Serving:
    """`command` over an empty database, without a model server."""

    def __init__(self, data_dir: Path, command: list[str] = SERVE) -> None:
        self.command = command
        self.port = free_port()
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")},
            "DATA_DIR": str(data_dir),
            "PORT": str(self.port),
            "INFERENCE_URLS": "http://127.0.0.1:9/v1",
            "DRAIN_SECONDS": "2",
        }
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            self.command,
            cwd=ROOT,
            env=self.environment,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_until(self._is_live, within=60)

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.port}{path}", timeout=10, trust_env=False)

    def socket(self, path: str = "/ws/visitor/", max_queue: int = 16) -> ClientConnection:
        return connect(
            f"ws://127.0.0.1:{self.port}{path}", proxy=None, max_queue=max_queue, close_timeout=0.5
        )

    def _is_live(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None
        try:
            return self.get("/health/live").status_code == 200
        except httpx.HTTPError:
            return False


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("serve")
    environment = Serving(folder).environment
    migrate = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(migrate, cwd=ROOT, env=environment, check=True)
    return folder


@pytest.fixture(scope="module")
def serving(data_dir: Path) -> Iterator[Serving]:
    yield from running(Serving(data_dir))


@pytest.fixture(scope="module")
def busy(data_dir: Path) -> Iterator[Serving]:
    yield from running(Serving(data_dir, [sys.executable, "-c", SERVE_BUSY]))


def running(serving: Serving) -> Iterator[Serving]:
    serving.start()
    yield serving
    serving.process.kill()
    serving.process.communicate()


def closed(socket: ClientConnection) -> tuple[list[dict[str, object]], int | None]:
    """The frames until the server closes, and the code with which it does."""
    frames: list[dict[str, object]] = []
    try:
        while True:
            frames.append(json.loads(socket.recv(timeout=20)))
    except ConnectionClosed as end:
        return frames, end.rcvd.code if end.rcvd else None


def _half_a_gigabyte() -> Iterator[bytes]:
    for _piece in range(8):
        yield b"x" * (64 << 20)


@pytest.mark.parametrize("says_its_length", [True, False])
def test_a_request_that_is_too_large_goes_by_and_is_refused(serving, says_its_length):
    headers = {"Content-Length": str(8 * (64 << 20))} if says_its_length else {}
    before = peak_memory(serving)

    answer = httpx.post(
        f"http://127.0.0.1:{serving.port}/admin/login/",
        content=_half_a_gigabyte(),
        headers=headers,
        timeout=60,
        trust_env=False,
    )

    assert answer.status_code == 413
    assert "MiB" in answer.text
    assert peak_memory(serving) - before < 64 << 10


def test_a_large_answer_waits_for_its_receiver_and_not_in_memory(busy):
    before, received = peak_memory(busy), 0

    with httpx.stream("GET", f"http://127.0.0.1:{busy.port}/pour", timeout=60, trust_env=False) as answer:
        # The receiver reads nothing yet, and others are served meanwhile.
        assert [busy.get("/").status_code for _time in range(20)] == [200] * 20
        for piece in answer.iter_raw():
            received += len(piece)

    assert received == 1024 << 18
    assert peak_memory(busy) - before < 64 << 10


def peak_memory(serving: Serving) -> int:
    """How much memory the process held at most, in KiB."""
    status = Path(f"/proc/{serving.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0])


def test_a_port_in_use_ends_the_web_process_with_a_sentence(serving):
    second = subprocess.run(
        SERVE,
        cwd=ROOT,
        env=serving.environment,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert second.returncode == 1
    assert "The web process cannot serve: Couldn't listen on 127.0.0.1" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_frame_beyond_64_kib_closes_the_socket(serving):
    with serving.socket() as socket:
        socket.send("x" * 70_000)
        assert closed(socket)[1] == 1009


def test_sockets_do_not_compress(serving):
    with serving.socket() as socket:
        assert "Sec-WebSocket-Extensions" not in socket.response.headers


def test_a_client_that_floods_a_busy_socket_is_closed_for_abuse(busy):
    with busy.socket("/busy") as socket:
        for _ in range(150):
            socket.send("x" * 1000)
        assert closed(socket)[1] == 1008


def test_a_client_that_reads_nothing_is_disconnected(busy):
    with busy.socket("/pour", max_queue=1):
        for line in busy.process.stderr:
            if "a client that reads nothing is disconnected" in line:
                break
    assert busy.get("/health/live").status_code == 200


def test_requests_are_counted(serving):
    for _ in range(3):
        serving.get("/health/live")

    figures = serving.get("/metrics").text
    count = next(
        float(line.split()[-1])
        for line in figures.splitlines()
        if line.startswith('parley_http_requests_total{method="GET",status="200"}')
    )
    assert count >= 3
    assert "parley_http_request_seconds_bucket" in figures
    assert "parley_data_free_bytes" in figures
    assert "Server" not in serving.get("/health/live").headers


def test_sigterm_tells_open_sockets_and_closes_them_for_a_restart(serving):
    with serving.socket() as one, serving.socket() as other:
        wait_until(lambda: "parley_open_sockets 2.0" in serving.get("/metrics").text)

        serving.process.send_signal(signal.SIGTERM)

        for socket in (one, other):
            assert closed(socket) == ([{"type": "closing", "reason": "restart"}], 1012)
    assert serving.process.wait(20) == 0
