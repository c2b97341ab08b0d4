"""Vectors come from whichever model server can give them, and are the right ones."""

from collections.abc import AsyncIterator, Iterator

import numpy as np
import pytest

from inference.encoding import (
    CHARACTERS_PER_REQUEST,
    Encoders,
    EncoderUnavailable,
    Served,
    batches,
    embed_patiently,
)
from tests.scripted_encoder import MAIN, SECOND, ScriptedEncoder, scripted_encoder, vector_of


@pytest.fixture
def server() -> Iterator[ScriptedEncoder]:
    with scripted_encoder() as server:
        yield server


@pytest.fixture
def other() -> Iterator[ScriptedEncoder]:
    with scripted_encoder() as server:
        yield server


@pytest.fixture
async def encoders(server: ScriptedEncoder) -> AsyncIterator[Encoders]:
    encoders = Encoders([server.url])
    yield encoders
    await encoders.aclose()


async def test_vectors_come_in_the_order_of_the_texts(encoders: Encoders, server: ScriptedEncoder) -> None:
    texts = [f"lamp number {number}" for number in range(150)]
    vectors = await encoders.embed(texts, "passage")

    assert vectors.dtype == np.float32 and np.allclose(vectors, [vector_of(text) for text in texts])
    assert [len(request["input"]) for request in server.requests] == [64, 64, 22]
    assert {request["input_type"] for request in server.requests} == {"passage"}
    assert (await encoders.embed([])).shape[0] == 0


async def test_the_main_encoder_is_taken_unless_another_is_named(encoders: Encoders) -> None:
    assert await encoders.served() == Served((MAIN, SECOND))
    assert np.allclose(await encoders.embed(["lamp"]), vector_of("lamp", MAIN))
    assert np.allclose(await encoders.embed(["lamp"], model=SECOND), vector_of("lamp", SECOND))
    with pytest.raises(EncoderUnavailable, match="does not serve third@1"):
        await encoders.embed(["lamp"], model="third@1")


async def test_a_question_is_encoded_by_all_that_are_not_skipped(encoders: Encoders) -> None:
    both = await encoders.embed_query("lamp")
    assert list(both) == [MAIN, SECOND] and np.allclose(both[SECOND], vector_of("lamp", SECOND))
    assert list(await encoders.embed_query("lamp", skip=lambda name: name == SECOND)) == [MAIN]


async def test_a_question_goes_on_without_the_second_encoder(
    encoders: Encoders, server: ScriptedEncoder
) -> None:
    server.refused = {SECOND}
    assert list(await encoders.embed_query("lamp")) == [MAIN]


async def test_without_the_main_encoder_there_is_no_vector(
    encoders: Encoders, server: ScriptedEncoder
) -> None:
    server.refused = {MAIN}
    with pytest.raises(EncoderUnavailable, match="503"):
        await encoders.embed_query("lamp")


async def test_another_server_answers_where_one_does_not(
    server: ScriptedEncoder, other: ScriptedEncoder
) -> None:
    server.refused = {MAIN}
    encoders = Encoders([server.url, other.url])
    for _ in range(3):
        assert np.allclose(await encoders.embed(["lamp"]), vector_of("lamp"))
    await encoders.aclose()

    assert len(server.requests) == 1 and len(other.requests) == 3


async def test_nobody_there_is_said_at_once(unused_tcp_port: int) -> None:
    encoders = Encoders([f"http://127.0.0.1:{unused_tcp_port}/v1"])
    for _ in range(2):
        with pytest.raises(EncoderUnavailable):
            await encoders.embed(["lamp"])
    await encoders.aclose()


async def test_a_busy_server_is_not_taken_for_broken(encoders: Encoders, server: ScriptedEncoder) -> None:
    server.busy = 1
    with pytest.raises(EncoderUnavailable, match="too much to do"):
        await encoders.embed(["lamp"])
    assert np.allclose(await encoders.embed(["lamp"]), vector_of("lamp"))


async def test_names_can_be_given_for_servers_that_do_not_say_what_is_what(server: ScriptedEncoder) -> None:
    server.says_kinds = False
    silent, told = Encoders([server.url]), Encoders([server.url], encoders=[SECOND], reranker="judge")
    assert await silent.served() == Served() and await told.served() == Served((SECOND,), "judge")
    with pytest.raises(EncoderUnavailable):
        await silent.embed_query("lamp")
    assert list(await told.embed_query("lamp")) == [SECOND]
    await silent.aclose()
    await told.aclose()


async def test_scores_of_a_reranker_belong_to_their_documents(
    encoders: Encoders, server: ScriptedEncoder
) -> None:
    with pytest.raises(EncoderUnavailable, match="reranker"):
        await encoders.rerank("lamp?", ["one"])
    server.reranker = "judge@1"
    told = Encoders([server.url])
    assert (await told.rerank("lamp?", ["one", "decisive", "two"])).tolist() == [0, 1, 0]
    await told.aclose()


def test_the_worker_waits_for_a_busy_server_and_hears_how_far_it_is(server: ScriptedEncoder) -> None:
    server.busy = 2
    done: list[int] = []
    texts = [f"lamp {number}" for number in range(70)]
    vectors = embed_patiently(
        lambda: Encoders([server.url], patience_seconds=20), texts, on_batch=done.append
    )

    assert np.allclose(vectors, [vector_of(text) for text in texts]) and done == [64, 70]


def test_requests_stay_below_what_a_server_accepts() -> None:
    cut = batches(["x" * 1_000_000] * 100)
    assert [text for batch in cut for text in batch] == ["x" * 1_000_000] * 100
    assert {len(batch) for batch in cut} == {CHARACTERS_PER_REQUEST // 8_000}
    assert batches([]) == []
