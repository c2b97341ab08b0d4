"""Whether this web process can serve visitors, part by part."""

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass

import httpx
from channels.db import database_sync_to_async
from django import db
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from redis.exceptions import RedisError

from chatbot.conversations.redis_client import connect
from chatbot.conversations.sockets.open_sockets import open_sockets
from inference.endpoints import Endpoint

_PROBE_SECONDS = 2.0
KEPT_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of readiness; `detail` says in one sentence what is wrong and is empty otherwise."""

    name: str
    ok: bool
    detail: str = ""


class Readiness:
    """Answers for one web process; what costs another program work is asked at most every two seconds."""

    def __init__(self) -> None:
        self._migrated = False
        self._others: list[Part] = []
        self._others_asked_at = -KEPT_SECONDS
        self._asking = asyncio.Lock()

    async def parts(self) -> list[Part]:
        """Return every part of readiness, the failing ones too."""
        database, others = await asyncio.gather(self._database(), self._other_programs())
        return [_accepting(), *database, *others]

    async def _database(self) -> list[Part]:
        return await database_sync_to_async(self.ask_database)()

    def ask_database(self) -> list[Part]:
        """Return whether the database answers and has every migration; blocks."""
        try:
            with connection.cursor() as cursor:
                cursor.execute("SELECT 1")
            # What is applied stays applied while this process lives.
            if not self._migrated:
                executor = MigrationExecutor(connection)
                self._migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
        except db.Error:
            return [Part("database", False, "The database does not answer."), Part("migrations", False)]
        pending = "" if self._migrated else "Migrations are missing: run manage.py migrate."
        return [Part("database", True), Part("migrations", self._migrated, pending)]

    async def _other_programs(self) -> list[Part]:
        async with self._asking:
            if time.monotonic() - self._others_asked_at >= KEPT_SECONDS:
                asked = [ask_redis(), ask_model_servers()] if settings.REDIS_URL else [ask_model_servers()]
                self._others = await asyncio.gather(*asked)
                self._others_asked_at = time.monotonic()
        return self._others


async def ask_redis() -> Part:
    """Return whether the Redis that carries hints and text between web processes answers."""
    async with aclosing(connect(settings.REDIS_URL)) as client:
        try:
            await client.ping()
        except RedisError:
            return Part("redis", False, "The Redis of REDIS_URL does not answer.")
    return Part("redis", True)


async def ask_model_servers() -> Part:
    """Return whether any model server of INFERENCE_URLS says that it is healthy."""
    key = settings.INFERENCE_API_KEY
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx.AsyncClient(headers=headers, timeout=_PROBE_SECONDS, trust_env=False) as client:
        answers = await asyncio.gather(*(_is_healthy(client, url) for url in settings.INFERENCE_URLS))
    healthy = any(answers)
    return Part("model", healthy, "" if healthy else "No model server of INFERENCE_URLS is healthy.")


async def _is_healthy(client: httpx.AsyncClient, url: str) -> bool:
    try:
        answer = await client.get(f"{Endpoint(url).root}/health")
    except httpx.HTTPError:
        return False
    # Not every server has /health; one that says so is alive.
    return answer.status_code in (200, 404)


def _accepting() -> Part:
    draining = open_sockets.draining
    return Part("accepting", not draining, "This process is about to stop." if draining else "")


readiness = Readiness()
