"""Who starts: in order of arrival, within context and cache, and never more than wait in a bounded queue."""

import random
from collections.abc import Callable

import pytest

from inference.engine.engine import Engine
from inference.engine.request import FinishReason
from inference.engine.scheduler import ContextLengthExceeded, QueueFull
from tests.inference.engine.conftest import Asked, is_idle, run
from tests.inference.engine.fake_runner import Clock, FakeRunner

MakeFake = Callable[..., tuple[Engine, FakeRunner]]


def begun(asked: list[Asked]) -> list[bool]:
    return [item.request.admitted is not None for item in asked]


def test_requests_begin_in_order_of_arrival(make_fake: MakeFake) -> None:
    engine, _ = make_fake({"max_batch": 2})
    asked = [Asked(engine, [number, 5], max_tokens=3 + number % 4) for number in range(2, 12)]
    while engine.has_work:
        engine.step()
        assert begun(asked) == sorted(begun(asked), reverse=True)

    assert all(item.last.finish_reason is FinishReason.LENGTH for item in asked)


def test_a_large_request_is_not_overtaken_by_small_ones(make_fake: MakeFake) -> None:
    # 8 blocks: 256 tokens.
    engine, _ = make_fake({"max_batch": 8, "cache_gib": 8 * 32 * 1024 / 2**30})
    first = Asked(engine, [5] * 60, max_tokens=60)
    large = Asked(engine, [6] * 180, max_tokens=60)
    small = [Asked(engine, [7, number], max_tokens=4) for number in range(4)]
    while large.request.admitted is None:
        engine.step()
        assert begun(small) == [False] * 4

    assert first.last.finish_reason is FinishReason.LENGTH
    run(engine)
    assert all(item.last.finish_reason is FinishReason.LENGTH for item in (large, *small))


def test_short_requests_are_not_starved_by_a_stream_of_long_ones(make_fake: MakeFake) -> None:
    engine, _ = make_fake({"max_batch": 2, "max_waiting": 100})
    for number in range(6):
        Asked(engine, [number + 2] * 200, max_tokens=50)
    short = Asked(engine, [5], max_tokens=2)
    later = [Asked(engine, [number + 20] * 200, max_tokens=50) for number in range(6)]
    while not short.outputs or short.last.finish_reason is None:
        engine.step()

    assert not any(begun(later)[1:])


def test_what_runs_can_always_be_finished(make_fake: MakeFake) -> None:
    chance = random.Random(3)
    engine, _ = make_fake({"max_batch": 6, "max_waiting": 200, "cache_gib": 20 * 32 * 1024 / 2**30})
    asked = [
        Asked(
            engine,
            [chance.choice((7, 8))] * chance.randint(1, 300),
            max_tokens=chance.randint(1, 200),
            ignore_eos=True,
        )
        for _ in range(100)
    ]
    run(engine)

    assert {item.last.finish_reason for item in asked} == {FinishReason.LENGTH}
    assert is_idle(engine)


def test_a_prompt_that_cannot_be_finished_is_refused(engine: Engine) -> None:
    with pytest.raises(ContextLengthExceeded, match=r"holds 512 tokens.*needs 515"):
        Asked(engine, [5] * 500, max_tokens=15)
    assert not engine.has_work


def test_a_prompt_larger_than_the_cache_is_refused(make_fake: MakeFake) -> None:
    engine, _ = make_fake({"cache_gib": 10 * 32 * 1024 / 2**30})

    assert engine.context_length == 320
    with pytest.raises(ContextLengthExceeded, match="holds 320 tokens"):
        Asked(engine, [5] * 320, max_tokens=1)
    Asked(engine, [5] * 319, max_tokens=1)
    run(engine)


def test_a_full_queue_refuses_and_names_a_time(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine(max_batch=1, max_waiting=2)
    for _ in range(3):
        Asked(engine, [5, 6], max_tokens=4)
    with pytest.raises(QueueFull):
        Asked(engine, [5, 6], max_tokens=4)
    assert engine.retry_after >= 1
    run(engine)
    Asked(engine, [5, 6], max_tokens=4)


def test_several_tokens_of_a_step_are_delivered_at_once(make_fake: MakeFake, free_drafts: None) -> None:
    engine, runner = make_fake(following=lambda token: 60 + (token + 1) % 10)
    asked = Asked(engine, [*range(60, 70)] * 3, max_tokens=40)
    run(engine)

    assert asked.request.output == [60 + number % 10 for number in range(40)]
    assert len(asked.outputs) <= len(runner.batches) <= 6
    assert engine.statistics.drafts_accepted == 40 - len(runner.batches)


def test_a_stop_token_inside_an_accepted_draft_ends_the_answer(
    make_fake: MakeFake, free_drafts: None, tiny_model: object
) -> None:
    (stop,) = tiny_model.stop_tokens
    engine, _ = make_fake(following=lambda token: {66: stop}.get(token, token + 1))
    asked = Asked(engine, [*range(60, 67), stop, 40, *range(60, 63)], max_tokens=40, temperature=0)
    run(engine)

    assert asked.request.output == [63, 64, 65, 66, stop]
    assert asked.last.finish_reason is FinishReason.STOP
    assert is_idle(engine)


def test_a_stop_string_inside_an_accepted_draft_ends_the_answer(
    make_fake: MakeFake, free_drafts: None
) -> None:
    engine, _ = make_fake(following=lambda token: token + 1)
    free = Asked(engine, [*range(60, 80), 60, 61], max_tokens=12, temperature=0)
    run(engine)
    stop = free.text[4:6]
    stopped = Asked(engine, [*range(60, 80), 60, 61], max_tokens=12, temperature=0, stop=(stop,))
    run(engine)

    assert stopped.last.finish_reason is FinishReason.STOP
    assert stopped.text == free.text[: free.text.index(stop)]
    assert stopped.request.output == free.request.output[: len(stopped.request.output)] != free.request.output


def test_statistics_count_what_was_done(make_fake: MakeFake, clock: Clock) -> None:
    engine, runner = make_fake({"speculate": False})
    for _ in range(2):
        Asked(engine, [7] * 100, max_tokens=5, ignore_eos=True)
        run(engine)
    statistics = engine.statistics

    assert (statistics.prompt_tokens_computed, statistics.prompt_tokens_cached) == (104, 96)
    assert (statistics.generated_tokens, statistics.steps) == (10, len(runner.batches))
    assert (statistics.drafts_offered, statistics.drafts_accepted) == (0, 0)
    assert (statistics.blocks_used, statistics.blocks_cached) == (0, 3)
