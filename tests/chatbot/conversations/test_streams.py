"""Streams grow at their end only, in this process as in Redis."""

import os
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
import redis

from chatbot.conversations.streams import InProcessStreams, RedisStreams, StreamConflict, Streams

REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


@pytest.fixture(params=["in process", "redis"])
async def streams(request: pytest.FixtureRequest) -> AsyncIterator[Streams]:
    if request.param == "in process":
        yield InProcessStreams()
        return
    try:
        with redis.Redis.from_url(REDIS_URL) as probe:
            probe.ping()
    except redis.ConnectionError as error:
        pytest.skip(f"Redis does not answer at {REDIS_URL}: {error}")
    streams = RedisStreams(REDIS_URL)
    yield streams
    await streams.aclose()


async def test_text_is_read_from_any_offset(streams: Streams) -> None:
    message = uuid4().hex
    await streams.write(message, "Hello ")
    await streams.write(message, "Hello wörld 👋")
    await streams.write(message, "Hello wörld 👋!")

    assert await streams.read(message) == "Hello wörld 👋!"
    assert [await streams.read(message, offset) for offset in (3, 6, 8, 13, 14, 99)] == [
        "lo wörld 👋!",
        "wörld 👋!",
        "rld 👋!",
        "!",
        "",
        "",
    ]
    await streams.drop(message)


async def test_a_second_writer_is_refused(streams: Streams) -> None:
    message = uuid4().hex
    await streams.write(message, "Hello ")

    with pytest.raises(StreamConflict):
        await streams.write(message, "Other")
    assert await streams.read(message) == "Hello "
    await streams.drop(message)


async def test_a_dropped_stream_is_empty(streams: Streams) -> None:
    message = uuid4().hex
    await streams.write(message, "Hello")
    await streams.drop(message)

    assert await streams.read(message) == ""
