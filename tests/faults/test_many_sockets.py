"""One web process with many sockets: what they cost, how evenly answers arrive, and what is left behind."""

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.installation import end
from benchmarks.light_client import Door, LightSocket, open_visitor
from benchmarks.sockets import measure_echo, measure_streams, new_visitors, open_all
from tests.browser.installation import free_port
from tests.eventually import eventually
from tests.faults.servers import WebProcess, running
from tests.processes import ROOT

# Channels and Daphne as they come.
ECHO = """
import sys
from channels.generic.websocket import AsyncWebsocketConsumer
from daphne.server import Server
from django.conf import settings
settings.configure(CHANNEL_LAYERS={"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}})

class Echo(AsyncWebsocketConsumer):
    async def receive(self, text_data=None, bytes_data=None):
        await self.send(text_data)

Server(Echo.as_asgi(), endpoints=[f"tcp:port={sys.argv[1]}:interface=127.0.0.1"], signal_handlers=False).run()
"""
IN_ABUNDANCE = {
    "REPLY_CONCURRENCY": "1000",
    "REPLY_QUEUE_LIMIT": "100000",
    "REPLY_MAX_TOKENS": "32768",
    "SOCKET_MESSAGES_A_MINUTE": "1000000",
    "LOG_LEVEL": "WARNING",
}


@pytest.fixture
async def web(data_dir: Path) -> AsyncIterator[WebProcess]:
    async with running(WebProcess(data_dir, **IN_ABUNDANCE)) as web:
        yield web


@contextmanager
def program(*arguments: str) -> Iterator[None]:
    """Run a Python program for the block."""
    process = subprocess.Popen([sys.executable, *arguments], cwd=ROOT, env={**os.environ, "PYTHONPATH": "."})
    try:
        yield
    finally:
        end(process, 10)


async def until_open(port: int) -> None:
    """Wait until somebody listens."""
    async with asyncio.timeout(60):
        while True:
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def ignore(socket: LightSocket, payload: bytes) -> None:
    """Frames that nobody looks at."""


def report(**figures: float) -> None:
    print(json.dumps({name: round(value, 1) for name, value in figures.items()}))


async def bytes_left_behind(
    web: WebProcess, work: Callable[[int], Awaitable[None]], times: int, *, first: int
) -> float:
    """Return by how many bytes the process grows each time; what the first leave is its size at work."""
    await work(first)
    before = web.resident_bytes
    await work(times)
    return (web.resident_bytes - before) / times


async def test_idle_sockets_are_cheap_and_come_back_after_a_restart(
    web: WebProcess, full_faults: bool
) -> None:
    count = 2020 if full_faults else 60
    conversations: dict[LightSocket, str] = {}

    def note(socket: LightSocket, payload: bytes) -> None:
        conversations[socket] = json.loads(payload)["conversation"]

    secrets = await new_visitors(web.port, count)
    await open_all(web.port, secrets[:20], ignore)
    before = web.resident_bytes
    sockets = await open_all(web.port, secrets[20:], note)
    kib_each = (web.resident_bytes - before) / 1024 / len(sockets)
    web.kill()
    for socket in sockets:
        await asyncio.wait_for(socket.closed, 30)
    await web.start()
    begun = time.monotonic()
    await open_all(web.port, secrets[20:], ignore, [conversations[socket] for socket in sockets])
    seconds = time.monotonic() - begun

    report(sockets=len(sockets), kib_each=kib_each, back_after_s=seconds)
    if full_faults:
        assert kib_each <= 45
        assert seconds <= 10


async def test_two_hundred_streams_arrive_evenly(data_dir: Path, full_faults: bool) -> None:
    streams, seconds = (200, 15.0) if full_faults else (20, 2.0)
    model_port, echo_port = free_port(), free_port()
    web = WebProcess(data_dir, f"http://127.0.0.1:{model_port}/v1", **IN_ABUNDANCE)
    with program("-c", ECHO, str(echo_port)):
        await until_open(echo_port)
        echo = await measure_echo(echo_port, streams, seconds / 3)
    with program("-m", "benchmarks.talkative_model", str(model_port), "200"):
        await until_open(model_port)
        async with running(web):
            figures = await measure_streams(web.port, streams, seconds)

    report(
        streams=streams,
        frames_per_second=figures.frames_per_second,
        gap_p50_ms=figures.gap_p50_ms,
        gap_p99_ms=figures.gap_p99_ms,
        echo_per_second=echo,
    )
    if full_faults:
        assert figures.gap_p99_ms <= 150
        assert figures.frames_per_second >= 0.5 * echo


async def test_connections_leave_nothing_behind(web: WebProcess, full_faults: bool) -> None:
    cycles = 10_000 if full_faults else 200
    door = Door(web.port)
    secret = await door.secret()

    async def cycle(times: int) -> None:
        for number in range(times):
            socket = await open_visitor(door, secret, ignore)
            await eventually(lambda socket=socket: socket.frames)
            if number % 2:
                socket.abort()
            else:
                socket.close()
            await socket.closed

    bytes_each = await bytes_left_behind(web, cycle, cycles, first=cycles // 10)
    door.close()

    report(cycles=cycles, bytes_each=bytes_each)
    if full_faults:
        assert bytes_each < 1024
    assert web.usage.num_threads() < 64


async def test_messages_leave_nothing_behind(web: WebProcess, full_faults: bool) -> None:
    count, at_once = (100_000, 10) if full_faults else (300, 5)
    socket_count = 10
    door = Door(web.port)
    answered = 0

    def note(socket: LightSocket, payload: bytes) -> None:
        nonlocal answered
        answered += payload.startswith(b'{"type":"accepted"')

    sockets = await open_all(web.port, await new_visitors(web.port, socket_count), note)

    async def say(messages: int) -> None:
        nonlocal answered
        answered = 0
        for _round in range(messages // socket_count // at_once):
            sent = answered + socket_count * at_once
            for socket in sockets:
                for _ in range(at_once):
                    # One message sent many times takes the same way, and the database stays small.
                    socket.send(type="send", client_id="once", text="Hello")
            await eventually(lambda sent=sent: answered >= sent, within=60)

    bytes_each = await bytes_left_behind(web, say, count, first=max(100, count // 10))
    door.close()

    report(messages=count, bytes_each=bytes_each)
    if full_faults:
        assert bytes_each < 50
