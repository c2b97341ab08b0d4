"""A client that vanishes without a word, as in a tunnel, is noticed and its socket is given up."""

import asyncio
import time
from pathlib import Path

import httpx

from benchmarks.light_client import Door, LightSocket, open_visitor
from tests.faults.proxy import fault_proxy
from tests.faults.servers import WebProcess, running

NOTICED_WITHIN = 50.0

SERVE_QUICKLY = """
import sys
import django
django.setup()
from django.core.management import execute_from_command_line
from chatbot.monitoring import web_server
web_server.PING_AFTER_SECONDS, web_server.PONG_WITHIN_SECONDS = 1, 2
execute_from_command_line(["manage.py", "serve"])
"""


class QuickWebProcess(WebProcess):
    """The web process with short waits."""

    command = ("-c", SERVE_QUICKLY)


async def test_a_peer_that_vanished_is_noticed(data_dir: Path, full_faults: bool) -> None:
    kind = WebProcess if full_faults else QuickWebProcess
    async with (
        running(kind(data_dir, DJANGO_SETTINGS_MODULE="chatbot.settings", PYTHONPATH=".")) as web,
        fault_proxy(web.port) as proxy,
    ):
        door = Door(proxy.port)
        welcomed = asyncio.Event()

        def note(socket: LightSocket, payload: bytes) -> None:
            welcomed.set()

        await open_visitor(door, await door.secret(), note)
        await asyncio.wait_for(welcomed.wait(), 20)
        assert await _open_sockets(web) == 1
        proxy.blackhole = True
        begun = time.monotonic()
        while await _open_sockets(web):
            assert time.monotonic() - begun < NOTICED_WITHIN
            await asyncio.sleep(0.2)
        print(f"noticed after {time.monotonic() - begun:.1f} s")
        door.close()


async def _open_sockets(web: WebProcess) -> int:
    async with httpx.AsyncClient(trust_env=False) as client:
        lines = (await client.get(f"{web.url}/metrics")).text.splitlines()
    return int(float(next(line.split()[1] for line in lines if line.startswith("parley_open_sockets "))))
