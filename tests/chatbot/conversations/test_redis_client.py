"""The connection to Redis: whoever is cancelled while it sends ends."""

import asyncio
from contextlib import aclosing

import pytest
from django.conf import settings

from chatbot.conversations.redis_client import connect

pytestmark = [
    # On the servers' run, and only where there is a Redis.
    pytest.mark.django_db,
    pytest.mark.skipif(not settings.REDIS_URL, reason="REDIS_URL names no Redis"),
]


async def test_a_cancellation_that_comes_with_the_end_of_sending_is_not_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with aclosing(connect(settings.REDIS_URL)) as client:
        await client.ping()

        async def ask_on_and_on() -> None:
            while True:
                await client.ping()

        asking = asyncio.create_task(ask_on_and_on())
        connection = client.connection_pool._available_connections[0]
        send = connection._send_packed_command

        async def send_and_be_cancelled(command: object) -> None:
            await send(command)
            asyncio.get_running_loop().call_soon(asking.cancel)

        monkeypatch.setattr(connection, "_send_packed_command", send_and_be_cancelled)
        done, _pending = await asyncio.wait({asking}, timeout=5)

    assert done and asking.cancelled()
