"""A running installation: its processes from the first start to the last stop."""

import asyncio
import http.client
import signal
import time
from collections.abc import Callable
from urllib.parse import urlsplit

from asgiref.sync import sync_to_async
from django.conf import settings

from chatbot.monitoring import programs
from chatbot.monitoring.console import Console
from chatbot.monitoring.obstacles import Obstacle, check_room
from chatbot.monitoring.processes import status_file
from chatbot.monitoring.supervisor import Supervisor

READY_PATIENCE_SECONDS = 180.0
_DISK_INTERVAL_SECONDS = 30.0


async def run_installation(console: Console, on_ready: Callable[[float | None], None]) -> None:
    """Start the processes and keep them running until SIGINT, SIGTERM or SIGHUP; return with none left.

    `on_ready` is called once, with the seconds it took until the first question could be answered, or with
    None when that did not come within `READY_PATIENCE_SECONDS`. It runs in a thread and may use the database.
    """
    started = time.monotonic()
    stop = asyncio.Event()
    async with Supervisor(status_file(settings.DATA_DIR), console) as supervisor:

        def on_signal() -> None:
            if stop.is_set():
                supervisor.hurry()
            stop.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, on_signal)

        if programs.runs_model_server():
            supervisor.start(programs.model_server())
        supervisor.start(programs.web())
        stopping = asyncio.create_task(stop.wait())
        readiness = asyncio.create_task(_until_ready())
        await asyncio.wait({stopping, readiness}, return_when=asyncio.FIRST_COMPLETED)
        if not stop.is_set():
            await sync_to_async(on_ready)(time.monotonic() - started if readiness.result() else None)
            # The worker comes last: nothing waits for it, and its start costs the others a core for seconds.
            supervisor.start(programs.worker())
            watching = asyncio.create_task(_watch_disk(console))
            await stopping
            watching.cancel()
        readiness.cancel()
        console.line("parley", "Stopping. Once more Ctrl-C ends everything at once.")
        # The model server goes last: until the web process has drained, replies still come from it.
        await supervisor.stop(programs.WEB, programs.WORKER)
        await supervisor.stop()


async def _until_ready() -> bool:
    """Return True as soon as a question can be answered, False when that takes too long."""
    deadline = time.monotonic() + READY_PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if await asyncio.to_thread(_is_ready):
            return True
        await asyncio.sleep(0.1)
    return False


def _is_ready() -> bool:
    host = "127.0.0.1" if settings.HOST in ("0.0.0.0", "::") else settings.HOST
    connection = http.client.HTTPConnection(host, settings.PORT, timeout=5)
    try:
        # The name that visitors use, which is the one that ALLOWED_HOSTS knows.
        connection.request("GET", "/health/ready", headers={"Host": urlsplit(settings.PUBLIC_URL).netloc})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


async def _watch_disk(console: Console) -> None:
    """Say so once when the disk is nearly full, and again when it is so after there was room."""
    warned = False
    while True:
        try:
            check_room(settings.DATA_DIR)
            warned = False
        except Obstacle as obstacle:
            if not warned:
                console.line("parley", str(obstacle), 31)
            warned = True
        except OSError as error:
            console.line("parley", f"DATA_DIR ({settings.DATA_DIR}) cannot be read: {error.strerror}", 31)
        await asyncio.sleep(_DISK_INTERVAL_SECONDS)
