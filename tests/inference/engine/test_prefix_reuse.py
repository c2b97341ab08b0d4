"""What was computed once is not computed again, as long as there is room to remember it."""

from collections.abc import Callable

from inference.engine.engine import Engine
from tests.inference.engine.conftest import Asked, is_idle, run
from tests.inference.engine.fake_runner import FakeRunner

MakeFake = Callable[..., tuple[Engine, FakeRunner]]
SYSTEM = list(range(10, 80))


def cached(engine: Engine, prompt: list[int], max_tokens: int = 4) -> int:
    asked = Asked(engine, prompt, max_tokens=max_tokens, ignore_eos=True)
    run(engine)
    return asked.request.cached


def test_a_common_beginning_is_computed_once(make_fake: MakeFake) -> None:
    engine, runner = make_fake()

    assert cached(engine, [*SYSTEM, 5, 6]) == 0
    assert cached(engine, [*SYSTEM, 7, 8]) == 64
    assert sum(len(batch.tokens) for batch in runner.batches) == 72 + 3 + 8 + 3


def test_the_last_token_of_a_prompt_is_always_computed(make_fake: MakeFake) -> None:
    engine, _ = make_fake()
    cached(engine, SYSTEM)

    assert cached(engine, SYSTEM[:64]) == 32
    assert cached(engine, SYSTEM[:65]) == 64


def test_the_next_turn_finds_the_answer_too(make_fake: MakeFake) -> None:
    engine, _ = make_fake({"speculate": False})
    first = Asked(engine, [*SYSTEM, 5], max_tokens=60, ignore_eos=True)
    run(engine)

    second = [*SYSTEM, 5, *first.request.output, 6, 7]
    assert cached(engine, second) == 128


def test_equal_prompts_that_come_together_are_computed_once(make_fake: MakeFake) -> None:
    engine, runner = make_fake({"prefill_chunk": 40})
    asked = [Asked(engine, [*SYSTEM, 5, 6], max_tokens=8, ignore_eos=True) for _ in range(4)]
    run(engine)

    assert [item.request.cached for item in asked] == [0, 64, 64, 64]
    computed = [segment for batch in runner.batches for segment in batch.segments if segment.is_prefill]
    assert sum(segment.end - segment.start for segment in computed) == 72 + 3 * 8
    assert len({tuple(item.request.output) for item in asked}) == 1
    assert is_idle(engine)


def test_a_prompt_half_computed_goes_on_with_what_another_has_published(make_fake: MakeFake) -> None:
    engine, _ = make_fake({"prefill_chunk": 50})
    first = Asked(engine, [*SYSTEM, *SYSTEM, 5], max_tokens=4, ignore_eos=True)
    engine.step()
    engine.step()
    second = Asked(engine, [*SYSTEM, *SYSTEM, 6], max_tokens=4, ignore_eos=True)
    run(engine)

    assert (first.request.cached, second.request.cached) == (0, 128)
    assert is_idle(engine)


def test_the_beginning_used_last_is_remembered_longest(make_fake: MakeFake) -> None:
    # 8 blocks.
    engine, _ = make_fake({"cache_gib": 8 * 32 * 1024 / 2**30, "speculate": False})
    kept, dropped = [*SYSTEM, 5], [*reversed(SYSTEM), 5]
    cached(engine, kept)
    cached(engine, dropped)
    cached(engine, kept)
    cached(engine, [6] * 100, max_tokens=60)

    assert cached(engine, kept) == 64
    assert cached(engine, dropped) < 64


def test_other_beginnings_are_not_taken_for_this_one(make_fake: MakeFake) -> None:
    engine, _ = make_fake()
    cached(engine, [*SYSTEM, 5])

    assert cached(engine, [9, *SYSTEM[1:], 5]) == 0
    assert cached(engine, [*SYSTEM[:40], 9, *SYSTEM[41:], 5]) == 32
