"""Requests for vectors share batches behind a bounded queue; one that breaks or leaves harms no other."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from inference.engine.encoder import Purpose
from inference.engine.loop import EngineUnavailable
from inference.engine.scheduler import QueueFull
from inference.server.embedder import Embedder
from tests.eventually import eventually


class GatedEncoder:
    """A text is one token for each letter. Each batch waits until the test opens the gate."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gate = threading.Event()

    def tokenize(self, texts: Sequence[str], purpose: Purpose) -> list[list[int]]:
        if "unreadable" in texts:
            raise ValueError("unreadable")
        return [[ord(letter) for letter in text] for text in texts]

    def encode(self, batch: Sequence[list[int]]) -> list[list[float]]:
        self.batches.append(["".join(map(chr, text)) for text in batch])
        assert self.gate.wait(10)
        if [ord("!")] in batch:
            raise ValueError("broken")
        return [[float(text[0])] for text in batch]


@pytest.fixture
def encoder() -> GatedEncoder:
    return GatedEncoder()


@asynccontextmanager
async def busy(encoder: GatedEncoder, **options: int) -> AsyncIterator[Embedder]:
    """An embedder that is in the middle of a first batch."""
    embedder = Embedder("letters", lambda: encoder, **options)
    embedder.start()
    first = asyncio.create_task(embedder.embed(["first"]))
    await eventually(lambda: encoder.batches)
    yield embedder
    encoder.gate.set()
    await asyncio.gather(first, return_exceptions=True)
    await asyncio.to_thread(embedder.stop)


async def asked(embedder: Embedder, *texts: str) -> asyncio.Task[list[list[float]]]:
    """A request that has come to the queue."""

    async def vectors() -> list[list[float]]:
        return (await embedder.embed(texts)).vectors

    task = asyncio.create_task(vectors())
    await asyncio.sleep(0)
    return task


async def test_requests_that_come_meanwhile_share_the_next_batch(encoder: GatedEncoder) -> None:
    async with busy(encoder) as embedder:
        tasks = [await asked(embedder, *texts) for texts in (["a1", "b2"], ["c3"], ["d4"])]
        encoder.gate.set()

        assert await asyncio.gather(*tasks) == [[[97.0], [98.0]], [[99.0]], [[100.0]]]
    assert [sorted(batch) for batch in encoder.batches] == [["first"], ["a1", "b2", "c3", "d4"]]


async def test_what_comes_after_a_pause_waits_for_company(encoder: GatedEncoder) -> None:
    encoder.gate.set()
    embedder = Embedder("letters", lambda: encoder, gathering_seconds=0.5)
    embedder.start()
    await embedder.embed([])
    begun = time.monotonic()
    await eventually(lambda: time.monotonic() - begun > 0.55)
    alone = asyncio.create_task(embedder.embed(["alone"]))
    await eventually(embedder._inbox.empty)
    await asyncio.gather(alone, embedder.embed(["along"]))
    await asyncio.to_thread(embedder.stop)

    assert [sorted(batch) for batch in encoder.batches] == [["alone", "along"]]


async def test_beyond_the_queue_requests_are_refused_until_one_has_left(encoder: GatedEncoder) -> None:
    async with busy(encoder, max_waiting=1) as embedder:
        waiting = await asked(embedder, "a")
        with pytest.raises(QueueFull):
            await embedder.embed(["b"])
        encoder.gate.set()
        await waiting

        assert (await embedder.embed(["b"])).vectors == [[98.0]]


async def test_a_cancelled_request_frees_its_place_and_is_not_computed(encoder: GatedEncoder) -> None:
    async with busy(encoder, max_waiting=1) as embedder:
        gone = await asked(embedder, "gone")
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        stays = await asked(embedder, "stays")
        encoder.gate.set()
        await stays
    assert encoder.batches == [["first"], ["stays"]]


async def test_a_broken_batch_fails_its_requests_and_the_next_ones_are_served(encoder: GatedEncoder) -> None:
    async with busy(encoder) as embedder:
        broken, unreadable = await asked(embedder, "!"), await asked(embedder, "unreadable")
        encoder.gate.set()
        with pytest.raises(ValueError, match="broken"):
            await broken
        with pytest.raises(ValueError, match="unreadable"):
            await unreadable

        assert (await embedder.embed(["fine"])).vectors == [[102.0]]


async def test_no_texts_give_no_vectors(encoder: GatedEncoder) -> None:
    async with busy(encoder) as embedder:
        encoder.gate.set()
        assert (await embedder.embed([])).vectors == []


async def test_requests_wait_for_the_encoder_to_be_loaded(encoder: GatedEncoder) -> None:
    embedder = Embedder("letters", lambda: encoder)
    encoder.gate.set()
    early = await asked(embedder, "early")
    embedder.start()

    assert await early == [[101.0]]
    await asyncio.to_thread(embedder.stop)


async def test_an_encoder_that_cannot_be_loaded_refuses_early_and_late_requests() -> None:
    def load() -> GatedEncoder:
        raise OSError("no such folder")

    embedder = Embedder("letters", load)
    early = await asked(embedder, "early")
    embedder.start()
    with pytest.raises(EngineUnavailable, match="letters could not be loaded"):
        await early
    with pytest.raises(EngineUnavailable, match="letters could not be loaded"):
        await embedder.embed(["late"])
    await asyncio.to_thread(embedder.stop)


async def test_what_is_open_when_the_server_stops_gets_an_error(encoder: GatedEncoder) -> None:
    async with busy(encoder) as embedder:
        waiting = [await asked(embedder, "a" * 500), await asked(embedder, "b")]
        stopping = asyncio.create_task(asyncio.to_thread(embedder.stop))
        await eventually(lambda: embedder._refusal)
        encoder.gate.set()
        await stopping
        for task in waiting:
            with pytest.raises(EngineUnavailable, match="stopping"):
                await task
        with pytest.raises(EngineUnavailable, match="stopping"):
            await embedder.embed(["c"])


async def test_an_embedder_that_never_began_refuses_what_waits() -> None:
    embedder = Embedder("letters", GatedEncoder)
    waiting = await asked(embedder, "a")
    embedder.stop()

    with pytest.raises(EngineUnavailable):
        await waiting
