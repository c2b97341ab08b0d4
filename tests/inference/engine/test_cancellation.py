"""What is given up leaves at the next step, wherever it is, and leaves nothing behind."""

import random
from collections.abc import Callable

import pytest

from inference.engine.engine import Engine
from inference.engine.request import FinishReason
from tests.inference.engine.conftest import Asked, is_idle, run
from tests.inference.engine.fake_runner import Clock, FakeRunner

MakeFake = Callable[..., tuple[Engine, FakeRunner]]
SMALL = {"max_batch": 1, "prefill_chunk": 32}


def test_a_cancelled_answer_ends_within_one_step(engine: Engine) -> None:
    asked = Asked(engine, [5, 6], max_tokens=100, ignore_eos=True)
    engine.step()
    engine.cancel(asked.request)
    written = len(asked.request.output)
    engine.step()

    assert len(asked.request.output) == written and not engine.has_work
    assert asked.last.finish_reason is FinishReason.CANCELLED


@pytest.mark.parametrize("steps", [1, 3, 8])
def test_a_request_is_cancelled_in_prefill_in_decoding_and_in_the_queue(
    make_fake: MakeFake, steps: int
) -> None:
    engine, _ = make_fake(SMALL)
    asked = [Asked(engine, [number + 5] * 100, max_tokens=50, ignore_eos=True) for number in range(2)]
    for _ in range(steps):
        engine.step()
    assert asked[0].request.is_prefilling is (steps < 4) and asked[1].request.admitted is None
    for item in asked:
        engine.cancel(item.request)
    engine.step()

    assert {item.last.finish_reason for item in asked} == {FinishReason.CANCELLED}
    assert is_idle(engine)


@pytest.mark.parametrize("seed", range(3))
def test_500_cancellations_at_random_moments_leave_everything_free(make_fake: MakeFake, seed: int) -> None:
    chance = random.Random(seed)
    engine, runner = make_fake({"max_batch": 5, "max_waiting": 500, "cache_gib": 60 * 32 * 1024 / 2**30})
    beginning = [chance.randint(2, 250) for _ in range(70)]
    open_requests: list[Asked] = []
    cancelled: list[Asked] = []
    while len(cancelled) < 500:
        while len(open_requests) < 30:
            prompt = beginning[: chance.randint(0, 70)] + [
                chance.randint(2, 250) for _ in range(chance.randint(1, 150))
            ]
            open_requests.append(Asked(engine, prompt, max_tokens=chance.randint(1, 60), ignore_eos=True))
        for item in chance.sample(open_requests, chance.randint(0, 6)):
            engine.cancel(item.request)
            open_requests.remove(item)
            cancelled.append(item)
        engine.step()
        open_requests = [item for item in open_requests if item.request.finish_reason is None]
    run(engine)

    assert is_idle(engine)
    assert {item.last.finish_reason for item in cancelled} <= {FinishReason.CANCELLED, FinishReason.LENGTH}
    assert len(runner.forgotten) == len(set(runner.forgotten)) >= 500
    survivor = Asked(engine, [5, 6], max_tokens=4, ignore_eos=True)
    run(engine)
    assert survivor.last.finish_reason is FinishReason.LENGTH


def test_real_blocks_are_free_after_many_cancellations(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine(max_batch=4, max_waiting=500)
    asked = [Asked(engine, [5, 6, number % 200], max_tokens=50, ignore_eos=True) for number in range(500)]
    for number, item in enumerate(asked):
        engine.cancel(item.request)
        if number % 50 == 0:
            engine.step()
    engine.step()

    assert is_idle(engine) and (engine.running, engine.waiting) == (0, 0)
    assert {item.last.finish_reason for item in asked} == {FinishReason.CANCELLED}


@pytest.mark.parametrize("steps", [1, 3, 8])
def test_a_request_past_its_deadline_fails_wherever_it_is(
    make_fake: MakeFake, clock: Clock, steps: int
) -> None:
    engine, _ = make_fake(SMALL)
    asked = [
        Asked(engine, [number + 5] * 100, timeout=1.5, max_tokens=50, ignore_eos=True) for number in range(2)
    ]
    patient = Asked(engine, [8], max_tokens=2, ignore_eos=True)
    for _ in range(steps):
        engine.step()
    clock.now += 1.5
    engine.step()

    for item in asked:
        assert item.last.finish_reason is FinishReason.ERROR
        assert item.last.error == "The answer took longer than 1.5 seconds."
    run(engine)
    assert patient.last.finish_reason is FinishReason.LENGTH
    assert is_idle(engine)
