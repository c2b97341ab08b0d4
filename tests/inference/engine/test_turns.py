"""Steps of the engine and pieces of the encoder take turns, and neither starves."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Thread

import pytest

from inference.engine.loop import EngineLoop
from inference.engine.request import SamplingParameters
from inference.engine.turns import LULL_SECONDS, PIECE_SECONDS, SPARE_PATIENCE_SECONDS, Turns
from tests.eventually import eventually


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Other:
    """Takes one turn in a thread of its own, and says so."""

    def __init__(self, turn: Callable[[], AbstractContextManager[None]], word: str, said: list[str]) -> None:
        def run() -> None:
            with turn():
                said.append(word)

        self._thread = Thread(target=run, daemon=True)
        self._thread.start()

    def join(self) -> None:
        self._thread.join(10)
        assert not self._thread.is_alive()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def turns(clock: Clock) -> Turns:
    return Turns(clock=clock)


async def test_steps_back_to_back_let_a_piece_in_between(turns: Turns) -> None:
    said: list[str] = []
    with turns.step():
        other = Other(turns.piece, "piece", said)
        await eventually(lambda: turns._pieces)
    with turns.step():
        said.append("step")
    other.join()

    assert said == ["piece", "step"]


async def test_pieces_back_to_back_let_a_step_in_between(turns: Turns) -> None:
    said: list[str] = []
    with turns.piece():
        other = Other(turns.step, "step", said)
        await eventually(lambda: turns._steps)
    with turns.piece():
        said.append("piece")
    other.join()

    assert said == ["step", "piece"]


async def test_a_step_waits_for_one_piece_only_however_many_came_first(turns: Turns) -> None:
    said: list[str] = []
    with turns.piece():
        pieces = []
        for number in (1, 2):
            pieces.append(Other(turns.piece, f"piece {number}", said))
            await eventually(lambda number=number: len(turns._pieces) == number)
        step = Other(turns.step, "step", said)
        await eventually(lambda: turns._steps)
    for other in (step, *pieces):
        other.join()

    assert said == ["step", "piece 1", "piece 2"]


async def test_a_long_piece_gives_way_to_a_step_and_goes_on(turns: Turns, clock: Clock) -> None:
    said: list[str] = []
    with turns.piece():
        other = Other(turns.step, "step", said)
        await eventually(lambda: turns._steps)
        clock.now += 0.9 * PIECE_SECONDS
        turns.give_way()
        said.append("young")
        clock.now += 0.2 * PIECE_SECONDS
        turns.give_way()
        said.append("old")
    other.join()

    assert said == ["young", "step", "old"]


def test_a_piece_runs_through_while_the_engine_is_idle(turns: Turns, clock: Clock) -> None:
    with turns.piece():
        clock.now += 100 * PIECE_SECONDS
        turns.give_way()
    with turns.step():
        pass


def test_a_turn_that_fails_is_over(turns: Turns) -> None:
    with pytest.raises(ZeroDivisionError), turns.step():
        1 / 0  # noqa: B018
    with pytest.raises(ZeroDivisionError), turns.piece():
        1 / 0  # noqa: B018
    with turns.step():
        pass


class OneStep:
    """An engine with one step to make."""

    has_work = True

    def submit(self, *request: object, **options: object) -> None:
        pass

    def step(self) -> None:
        self.has_work = False

    def fail_all(self, message: str) -> None:
        pass


async def test_the_engine_makes_its_steps_in_its_turn(turns: Turns) -> None:
    engine = OneStep()
    loop = EngineLoop(lambda: engine, turns=turns)  # type: ignore[arg-type, return-value]
    with turns.piece():
        loop.start()
        await eventually(loop.loaded.done)
        loop.submit([5], SamplingParameters(), lambda output: None)
        await eventually(lambda: turns._steps)
        assert engine.has_work
    await eventually(lambda: not engine.has_work)
    loop.stop()


def test_nobody_shares_a_turn(turns: Turns) -> None:
    inside: list[int] = []
    crowds: list[int] = []

    def work(turn: Callable[[], AbstractContextManager[None]]) -> None:
        for _ in range(300):
            with turn():
                inside.append(1)
                crowds.append(len(inside))
                inside.pop()

    threads = [Thread(target=work, args=[turn]) for turn in (turns.step, turns.piece, turns.piece)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert crowds == [1] * 900


@pytest.mark.parametrize("kind", ["step", "piece"])
async def test_spare_time_is_over_as_soon_as_anybody_waits(turns: Turns, clock: Clock, kind: str) -> None:
    said: list[str] = []
    with turns.spare():
        other = Other(getattr(turns, kind), kind, said)
        await eventually(lambda: turns._steps or turns._pieces)
        moving = Thread(target=lambda: (other.join(), setattr(clock, "now", LULL_SECONDS)))
        moving.start()
        turns.give_way()
        said.append("spare")
    moving.join(10)

    assert said == [kind, "spare"]


async def test_what_can_wait_rests_while_somebody_waits_for_an_answer_to_begin(turns: Turns) -> None:
    said: list[str] = []
    hurried = True
    turns.heed(lambda: hurried)
    other = Other(turns.spare, "spare", said)
    await eventually(lambda: turns._spare)
    for _ in range(3):
        with turns.step():
            said.append("step")
    hurried = False
    other.join()

    assert said == ["step"] * 3 + ["spare"]


async def test_between_steps_of_answers_that_have_begun_there_is_spare_time(turns: Turns) -> None:
    said: list[str] = []
    with turns.step():
        other = Other(turns.spare, "spare", said)
        await eventually(lambda: turns._spare)
    with turns.step():
        said.append("step")
    other.join()

    assert said == ["spare", "step"]


async def test_after_a_piece_there_is_a_lull(turns: Turns, clock: Clock) -> None:
    said: list[str] = []
    with turns.piece():
        clock.now += 1
    other = Other(turns.spare, "spare", said)
    await eventually(lambda: turns._spare)
    with turns.step():
        said.append("step")
    clock.now += LULL_SECONDS
    other.join()

    assert said == ["step", "spare"]


async def test_patience_ends_and_what_waited_becomes_a_piece(turns: Turns, clock: Clock) -> None:
    said: list[str] = []
    turns.heed(lambda: True)
    with turns.step():
        other = Other(turns.spare, "spare", said)
        await eventually(lambda: turns._spare)
        clock.now += SPARE_PATIENCE_SECONDS
        await eventually(lambda: turns._pieces)
    with turns.step():
        said.append("step")
    other.join()

    assert said == ["spare", "step"]


def test_spare_time_is_shared_with_nobody(turns: Turns) -> None:
    inside: list[int] = []
    crowds: list[int] = []

    def work(turn: Callable[[], AbstractContextManager[None]], count: int) -> None:
        for _ in range(count):
            with turn():
                inside.append(1)
                crowds.append(len(inside))
                inside.pop()
                turns.give_way()

    turns = Turns()
    jobs = [(turns.step, 300), (turns.spare, 100), (turns.spare, 100)]
    threads = [Thread(target=work, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert crowds == [1] * 500


class Unanswered(OneStep):
    """An engine that owes somebody the first token."""

    owes_first_token = True


async def test_the_engine_says_when_it_is_hurried(turns: Turns) -> None:
    loop = EngineLoop(lambda: Unanswered(), turns=turns)  # type: ignore[arg-type, return-value]
    assert not turns.is_hurried()
    loop.start()
    await eventually(loop.loaded.done)
    assert turns.is_hurried()
    loop.stop()
