"""A long prompt does not hold those who are reading their answers."""

import statistics
from collections.abc import Callable

import pytest

from inference.engine.batch import Batch
from inference.engine.engine import Engine
from inference.engine.request import FinishReason
from tests.inference.engine.conftest import Asked, run
from tests.inference.engine.fake_runner import Clock, FakeRunner

MakeFake = Callable[..., tuple[Engine, FakeRunner]]


def seconds(fixed: float, per_row: float, per_token: float, per_seen: float) -> Callable[[Batch], float]:
    """What a step takes on some machine; attention costs more the more there is to see."""

    def cost(batch: Batch) -> float:
        total = fixed
        for segment in batch.segments:
            rows = segment.end - segment.start
            seen = rows * (segment.position + segment.length) / 2
            total += per_seen * seen + rows * (per_token if segment.is_prefill else per_row)
        return total

    return cost


MACHINES = {
    "kernels": (0.004, 0.0004, 0.0004, 2e-7),
    "slow products": (0.01, 0.002, 0.002, 1e-6),
    "quick prefill": (0.02, 0.001, 0.0001, 5e-8),
}


@pytest.mark.parametrize("machine", MACHINES)
@pytest.mark.parametrize("streams", [1, 4, 12])
def test_no_gap_is_longer_than_four_steps(
    make_fake: MakeFake, clock: Clock, machine: str, streams: int
) -> None:
    engine, _ = make_fake({"speculate": False}, seconds=seconds(*MACHINES[machine]))
    running = [
        Asked(engine, [number + 5] * 40, max_tokens=2000, ignore_eos=True) for number in range(streams)
    ]
    while not all(item.request.output for item in running):
        engine.step()

    # The first long prompt is met with little knowledge of the machine, the second with more.
    for token in (90, 91):
        quiet = [timed(engine, clock) for _ in range(40)]
        newcomer = Asked(engine, [token] * 2000, max_tokens=2, ignore_eos=True)
        busy = []
        while not newcomer.request.output:
            busy.append(timed(engine, clock))

        assert max(busy) <= 4 * statistics.median(quiet)
        assert newcomer.request.finished is None
    assert all(item.request.finish_reason is None for item in running)


def test_nothing_is_guessed_while_a_prompt_is_read(make_fake: MakeFake) -> None:
    engine, runner = make_fake({"prefill_chunk": 16}, following=lambda token: token)
    Asked(engine, [5] * 40, max_tokens=300, ignore_eos=True)
    for _ in range(10):
        engine.step()
    guessing = [rows_of(batch)[0] for batch in runner.batches[-3:]]
    newcomer = Asked(engine, [7] * 160, max_tokens=2, ignore_eos=True)
    before = len(runner.batches)
    while not newcomer.request.output:
        engine.step()

    assert max(guessing) > 1
    assert [rows_of(batch)[0] for batch in runner.batches[before:]] == [1] * 10


def rows_of(batch: Batch) -> list[int]:
    return [segment.end - segment.start for segment in batch.segments]


def timed(engine: Engine, clock: Clock) -> float:
    """Seconds of one step: every running stream gets a token in it."""
    before = clock.now
    engine.step()
    return clock.now - before


def test_nobody_waits_while_a_prompt_is_read_alone(make_fake: MakeFake) -> None:
    engine, runner = make_fake()
    Asked(engine, [7] * 2000, max_tokens=2, ignore_eos=True)
    run(engine)

    assert len(runner.batches) == 4 + 1


def test_running_answers_go_on_in_every_step(make_fake: MakeFake) -> None:
    engine, _ = make_fake({"prefill_chunk": 16, "speculate": False})
    running = Asked(engine, [5, 6], max_tokens=60, ignore_eos=True)
    engine.step()
    Asked(engine, [7] * 160, max_tokens=2)
    before = len(running.request.output)
    for _ in range(8):
        engine.step()

    assert len(running.request.output) == before + 8


def test_the_oldest_prompt_is_read_first(make_fake: MakeFake) -> None:
    engine, _ = make_fake({"prefill_chunk": 50})
    asked = [Asked(engine, [number + 5] * 120, max_tokens=2, ignore_eos=True) for number in range(4)]
    run(engine)

    first_tokens = [item.request.first_token for item in asked]
    assert first_tokens == sorted(first_tokens, key=float)
    assert all(item.last.finish_reason is FinishReason.LENGTH for item in asked)
