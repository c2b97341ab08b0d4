"""Servers for tests of outages: web processes, a database of one's own, and a Redis that may be stopped."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import psutil
import psycopg
import pytest
import redis

from tests.browser.installation import free_port
from tests.processes import ROOT, manage

POSTGRESQL_URL = os.environ.get("TEST_DATABASE_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
NO_MODEL = "http://127.0.0.1:9/v1"
START_SECONDS = 120.0
ADD_DEMO_SITE = (
    "from chatbot.monitoring.demo_site import create_demo_site_if_missing; create_demo_site_if_missing()"
)


class WebProcess:
    """`manage.py serve` on a port that it keeps; `variables` come on top of the embedded defaults."""

    command: tuple[str, ...] = ("manage.py", "serve")

    def __init__(self, data_dir: Path, model_url: str = NO_MODEL, **variables: str) -> None:
        self.data_dir = data_dir
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        unwanted = ("DATABASE_URL", "REDIS_URL", "LOG_LEVEL")
        self.environment = {
            **{name: value for name, value in os.environ.items() if name not in unwanted},
            "DATA_DIR": str(data_dir),
            "PORT": str(self.port),
            "INFERENCE_URLS": model_url,
            "DRAIN_SECONDS": "30",
            # Scripted models write more at once than the default takes on for a real one.
            "REPLY_CONCURRENCY": "250",
            "SECRET_KEY": "the same for every web process of a test " * 2,
            **variables,
        }
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> str:
        return self._log_path.read_text(encoding="utf-8", errors="replace")

    @property
    def usage(self) -> psutil.Process:
        """What the system knows of the running process."""
        assert self.process is not None
        return psutil.Process(self.process.pid)

    @property
    def resident_bytes(self) -> int:
        """The memory of the running process that is in use."""
        return int(self.usage.memory_info().rss)

    def prepare(self) -> None:
        """Create the tables and the demo site."""
        self.manage("migrate", "--verbosity=0")
        if "DATABASE_URL" not in self.environment:
            wal = "from django.db import connection; connection.cursor().execute('PRAGMA journal_mode=WAL')"
            self.manage("shell", "--verbosity=0", "-c", wal)
        self.manage("shell", "--verbosity=0", "-c", ADD_DEMO_SITE)

    def manage(self, *arguments: str) -> str:
        """Run a management command to its end and return what it said."""
        return manage(self.environment, *arguments)

    async def start(self) -> None:
        """Start the process and wait until it answers."""
        self.process = self._spawn()
        deadline = time.monotonic() + START_SECONDS
        while not await self._is_live():
            assert self.process.poll() is None, self.log
            assert time.monotonic() < deadline, self.log
            await asyncio.sleep(0.05)

    async def get(self, path: str) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            return await client.get(f"{self.url}{path}")

    async def post(self, path: str, body: dict[str, Any]) -> httpx.Response:
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            return await client.post(f"{self.url}{path}", json=body)

    async def is_ready(self) -> bool:
        try:
            return (await self.get("/health/ready")).status_code == 200
        except httpx.HTTPError:
            return False

    def signal(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    async def end(self, within: float = 60.0) -> int:
        """Wait for the process to end by itself and return its exit code."""
        assert self.process is not None
        return await asyncio.to_thread(self.process.wait, within)

    def kill(self) -> None:
        """See that the process is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    @property
    def _log_path(self) -> Path:
        return self.data_dir / f"serve-{self.port}.log"

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self._log_path.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *self.command],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    async def _is_live(self) -> bool:
        try:
            return (await self.get("/health/live")).status_code == 200
        except httpx.HTTPError:
            return False


@asynccontextmanager
async def running(web: WebProcess) -> AsyncIterator[WebProcess]:
    """The web process, started, for the block."""
    try:
        await web.start()
        yield web
    finally:
        web.kill()


@contextmanager
def own_database(template: str = "template1") -> Iterator[str]:
    """A new database on the PostgreSQL for tests, given as URL; skips the test where there is none.

    `template` is the URL or the name of the one to copy, which nobody may be connected to.
    """
    try:
        connection = psycopg.connect(POSTGRESQL_URL, connect_timeout=3, autocommit=True)
    except psycopg.Error as error:
        pytest.skip(f"PostgreSQL does not answer: {error}")
    name = f"parley_faults_{uuid4().hex[:12]}"
    with connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template.rpartition('/')[2]}")
        try:
            yield urlsplit(POSTGRESQL_URL)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def on_port(url: str, port: int) -> str:
    """Return `url` with another port of this machine: that of a proxy."""
    parts = urlsplit(url)
    account = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
    return parts._replace(netloc=f"{account}127.0.0.1:{port}").geturl()


class OwnRedis:
    """A Redis server that keeps nothing on disk; it can be stopped, started again, and emptied."""

    def __init__(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("there is no redis-server")
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, cwd="/tmp")
        deadline = time.monotonic() + 20
        while True:
            try:
                self.call("PING")
                return
            except redis.RedisError:
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def stop(self) -> None:
        """End the server, and with it what it held."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def call(self, *command: str) -> Any:
        """Run one command of Redis."""
        with redis.Redis.from_url(self.url) as client:
            return client.execute_command(*command)
