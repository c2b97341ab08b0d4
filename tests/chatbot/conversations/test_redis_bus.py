"""Hints reach every process; what one missed while Redis was away is made good by a look at everything."""

import asyncio
import os
from collections.abc import AsyncIterator

import pytest
import redis

from chatbot.conversations.bus import LOOK_AGAIN
from chatbot.conversations.redis_bus import RedisLayer
from tests.eventually import eventually
from tests.faults.proxy import FaultProxy, fault_proxy

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")
HINT = {"type": "conversation.changed"}


@pytest.fixture
async def proxy() -> AsyncIterator[FaultProxy]:
    try:
        with redis.Redis.from_url(REDIS_URL) as probe:
            probe.ping()
    except redis.ConnectionError as error:
        pytest.skip(f"Redis does not answer at {REDIS_URL}: {error}")
    async with fault_proxy(int(probe.get_connection_kwargs().get("port", 6379))) as proxy:
        yield proxy


async def _member(layer: RedisLayer, group: str) -> str:
    """A channel in `group` that hears what other processes send."""
    channel = await layer.new_channel()
    await layer.group_add(group, channel)
    assert await _next(layer, channel) == LOOK_AGAIN
    return channel


async def _next(layer: RedisLayer, channel: str) -> dict[str, object]:
    async with asyncio.timeout(10):
        return await layer.receive(channel)


async def test_a_hint_reaches_both_processes_once(proxy: FaultProxy) -> None:
    url = f"redis://127.0.0.1:{proxy.port}/9"
    one, other = RedisLayer(url), RedisLayer(url)
    here, there = await _member(one, "g"), await _member(other, "g")
    await one.group_send("g", HINT)
    assert await _next(one, here) == await _next(other, there) == HINT

    # Hints keep their order, so that the first one did not come to anybody twice.
    await one.group_send("g", {"type": "reply.grew", "message": "m"})
    assert await _next(one, here) == await _next(other, there) == {"type": "reply.grew", "message": "m"}


async def test_a_redis_that_is_away_delays_hints_for_others_only(proxy: FaultProxy) -> None:
    url = f"redis://127.0.0.1:{proxy.port}/9"
    one, other = RedisLayer(url), RedisLayer(url)
    here, there = await _member(one, "g"), await _member(other, "g")
    await proxy.refuse()
    proxy.reset()
    late = await one.new_channel()
    await one.group_add("g", late)
    await one.group_send("g", HINT)

    assert await _next(one, here) == await _next(one, late) == HINT
    await proxy.listen()
    assert await _next(other, there) == LOOK_AGAIN


async def test_a_connection_that_swallows_everything_is_given_up(proxy: FaultProxy) -> None:
    layer = RedisLayer(f"redis://127.0.0.1:{proxy.port}/9")
    channel = await _member(layer, "g")
    before = proxy.accepted
    proxy.blackhole = True
    # Sending is tried again every other second, and listening is given up after three.
    await eventually(lambda: proxy.accepted > before + 6, within=60)
    proxy.blackhole = False

    assert await _next(layer, channel) == LOOK_AGAIN


async def test_a_loop_that_hears_nothing_still_sends(proxy: FaultProxy) -> None:
    url = f"redis://127.0.0.1:{proxy.port}/9"
    listening, command = RedisLayer(url), RedisLayer(url)
    channel = await _member(listening, "g")
    await command.group_send("g", HINT)

    assert await _next(listening, channel) == HINT
