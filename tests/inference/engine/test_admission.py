"""Who gets a slot: in order of arrival, within the context, and never more than wait in a bounded queue."""

from collections.abc import Callable

import pytest

from inference.engine.engine import Engine
from inference.engine.request import FinishReason
from inference.engine.scheduler import ContextLengthExceeded, QueueFull
from tests.inference.engine.conftest import Asked, run


def test_requests_begin_in_order_of_arrival(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine(max_batch=1)
    asked = [Asked(engine, [number, 5], max_tokens=3) for number in range(2, 6)]
    run(engine)

    admitted = [item.request.admitted for item in asked]
    assert admitted == sorted(admitted, key=float)


def test_a_prompt_that_cannot_be_finished_is_refused(engine: Engine) -> None:
    with pytest.raises(ContextLengthExceeded, match=r"holds 512 tokens.*needs 515"):
        Asked(engine, [5] * 500, max_tokens=15)
    assert not engine.has_work


def test_a_full_queue_refuses_and_names_a_time(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine(max_batch=1, max_waiting=2)
    for _ in range(3):
        Asked(engine, [5, 6], max_tokens=4)
    with pytest.raises(QueueFull):
        Asked(engine, [5, 6], max_tokens=4)
    assert engine.retry_after >= 1
    run(engine)
    Asked(engine, [5, 6], max_tokens=4)


def test_a_long_prompt_does_not_hold_a_running_answer(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine(shared_prefill_chunk=16)
    running = Asked(engine, [5, 6], max_tokens=60, ignore_eos=True)
    engine.step()
    Asked(engine, [7] * 160, max_tokens=2)
    before = len(running.request.output)
    for _ in range(8):
        engine.step()

    assert len(running.request.output) == before + 8


def test_every_slot_is_free_after_many_cancellations(make_engine: Callable[..., Engine]) -> None:
    engine = make_engine(max_batch=4, max_waiting=500)
    asked = [Asked(engine, [5, 6, number % 200], max_tokens=50, ignore_eos=True) for number in range(500)]
    for number, item in enumerate(asked):
        engine.cancel(item.request)
        if number % 50 == 0:
            engine.step()
    engine.step()

    assert not engine.has_work and (engine.running, engine.waiting) == (0, 0)
    assert {item.last.finish_reason for item in asked} == {FinishReason.CANCELLED}
    survivor = Asked(engine, [5, 6], max_tokens=4)
    run(engine)
    assert survivor.last.finish_reason in (FinishReason.LENGTH, FinishReason.STOP)


def test_a_cancelled_answer_ends_within_one_step(engine: Engine) -> None:
    asked = Asked(engine, [5, 6], max_tokens=100, ignore_eos=True)
    engine.step()
    engine.cancel(asked.request)
    written = len(asked.request.output)
    engine.step()

    assert len(asked.request.output) == written and not engine.has_work
