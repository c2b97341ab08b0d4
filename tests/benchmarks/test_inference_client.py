"""The client of the load measurements: what it counts, and what it calls complete."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from benchmarks.inference.children import MeasurementFailed
from benchmarks.inference.event_client import Streamed, stream_chat
from benchmarks.inference.poisson import poisson
from benchmarks.inference.workload import Chat

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
OPENING = b'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n'
TEXT = b'data: {"choices":[{"delta":{"content":"word "}}]}\n\n'
USAGE = b'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2}}\n\n'
DONE = b"data: [DONE]\n\n"
MESSAGES = [{"role": "user", "content": "Where is my card?"}]


@asynccontextmanager
async def server(*pieces: bytes) -> AsyncIterator[int]:
    """Answers every request with these pieces, each read alone, and closes; yields its port."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with listening:
        yield listening.sockets[0].getsockname()[1]


async def test_a_whole_answer_is_complete_and_counted() -> None:
    async with server(HEAD, OPENING, TEXT, TEXT, USAGE, DONE) as port:
        streamed = await stream_chat(port, MESSAGES)

    assert (streamed.complete, streamed.tokens) == (True, 2)
    assert streamed.arrivals


@pytest.mark.parametrize(
    "pieces",
    [
        (b"HTTP/1.1 429 Too Many Requests\r\nConnection: close\r\n\r\n" + b'{"error":{}}',),
        (HEAD, OPENING, TEXT),
        (HEAD, OPENING, TEXT, b'data: {"error":{"message":"failed"}}\n\n', USAGE, DONE),
        (),
    ],
    ids=["refused", "broken off", "failed", "closed"],
)
async def test_anything_else_is_not(pieces: tuple[bytes, ...]) -> None:
    async with server(*pieces) as port:
        assert not (await stream_chat(port, MESSAGES)).complete


async def test_nobody_listening_is_an_answer_that_is_not_complete() -> None:
    async with server() as port:
        pass
    assert not (await stream_chat(port, MESSAGES)).complete


def test_gaps_begin_with_the_first_text() -> None:
    assert Streamed(0.0, [1.0, 3.0, 4.0, 6.0]).gaps == [1.0, 2.0]


async def test_a_server_that_answers_nothing_has_no_capacity() -> None:
    chats = [Chat(MESSAGES, [1])] * 100_000
    async with server() as port:
        with pytest.raises(MeasurementFailed, match="answered nothing"):
            await poisson(port, chats, 0.2)
