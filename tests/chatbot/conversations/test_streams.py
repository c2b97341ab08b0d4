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


@pytest.fixture
async def two_processes() -> AsyncIterator[tuple[RedisStreams, RedisStreams]]:
    """The streams of two processes that use one Redis."""
    try:
        with redis.Redis.from_url(REDIS_URL) as probe:
            probe.ping()
    except redis.ConnectionError as error:
        pytest.skip(f"Redis does not answer at {REDIS_URL}: {error}")
    one, other = RedisStreams(REDIS_URL), RedisStreams(REDIS_URL)
    yield one, other
    await one.aclose()
    await other.aclose()


async def test_another_process_goes_on_where_the_first_one_left(
    two_processes: tuple[RedisStreams, RedisStreams],
) -> None:
    one, other = two_processes
    message = uuid4().hex
    await one.write(message, "Hello ")
    one.leave(message)
    await other.write(message, await other.read(message) + "world")

    assert await one.read(message) == "Hello world"
    with pytest.raises(StreamConflict):
        await one.write(message, "Hello you")
    assert await one.read(message, 3) == "lo world"
    await other.drop(message)


async def test_a_stream_that_redis_lost_is_written_again_as_a_whole(
    two_processes: tuple[RedisStreams, RedisStreams],
) -> None:
    one, other = two_processes
    message = uuid4().hex
    await one.write(message, "Hello ")
    with redis.Redis.from_url(REDIS_URL) as client:
        client.delete(f"parley:stream:{message}")
    assert await other.read(message, 3) == ""
    await one.write(message, "Hello world")

    assert await other.read(message, 3) == "lo world"
    await one.drop(message)


async def test_a_redis_that_is_away_holds_nobody_up_who_reads_in_the_same_process() -> None:
    streams = RedisStreams("redis://127.0.0.1:9/0")
    await streams.write("m", "Hello ")
    await streams.write("m", "Hello world")

    assert await streams.read("m", 6) == "world"
    with pytest.raises(redis.RedisError):
        await streams.read("of another process")
    await streams.drop("m")
    await streams.aclose()
