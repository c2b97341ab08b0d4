"""The cost of a step is learnt from few steps, and a machine that stalls does not change it much."""

import random

import pytest

from inference.engine.step_costs import (
    FEWEST_PREFILL_TOKENS,
    SLOWDOWN,
    UNKNOWN_PREFILL_TOKENS,
    StepCosts,
)


def real(rows: int, prefill: int) -> float:
    return 0.004 + 0.0005 * rows + 0.0001 * prefill


def learnt(steps: int = 60, *, noise: float = 0.0, stalls: float = 0.0) -> StepCosts:
    chance = random.Random(5)
    costs = StepCosts()
    for number in range(steps):
        rows = chance.choice((1, 2, 4, 9, 16))
        prefill = 0 if number % 2 else chance.choice((16, 32, 64, 120))
        seconds = real(rows, prefill) * (1 + noise * chance.uniform(-1, 1))
        costs.observe(rows, prefill, seconds * (20 if chance.random() < stalls else 1))
    return costs


@pytest.mark.parametrize(("rows", "prefill"), [(1, 0), (8, 0), (16, 64), (4, 200)])
def test_it_learns_what_steps_cost(rows: int, prefill: int) -> None:
    assert learnt().seconds(rows, prefill) == pytest.approx(real(rows, prefill), rel=0.05)
    assert learnt(noise=0.2).seconds(rows, prefill) == pytest.approx(real(rows, prefill), rel=0.2)


def test_single_stalls_count_for_little() -> None:
    calm, stalled = learnt(300), learnt(300, stalls=0.02)

    assert stalled.seconds(4) == pytest.approx(calm.seconds(4), rel=0.5)


def test_a_machine_that_becomes_slower_is_noticed() -> None:
    costs = learnt()
    for _ in range(200):
        costs.observe(4, 0, 3 * real(4, 0))

    assert costs.seconds(4) == pytest.approx(3 * real(4, 0), rel=0.3)


def test_one_kind_of_step_is_enough_to_ask_about_others() -> None:
    costs = StepCosts()
    costs.observe(1, 0, 0.01)

    assert costs.seconds(1) == pytest.approx(0.01, rel=0.02)
    assert costs.seconds(1) < costs.seconds(8)
    costs.observe(1, 10, 0.02)
    assert costs.seconds(1, 10) == pytest.approx(0.02, rel=0.02)


def test_prompts_get_as_much_of_a_step_as_its_streams_can_bear() -> None:
    costs = learnt()
    tokens = costs.prefill_tokens(4)

    assert real(4, tokens) == pytest.approx(SLOWDOWN * real(4, 0), rel=0.1)
    assert SLOWDOWN < 4
    assert StepCosts().prefill_tokens(4) == UNKNOWN_PREFILL_TOKENS


def test_prompts_always_get_on() -> None:
    costs = StepCosts()
    for _ in range(10):
        costs.observe(1, 0, 0.001)
        costs.observe(1, 16, 1.0)

    assert costs.prefill_tokens(1) == FEWEST_PREFILL_TOKENS
