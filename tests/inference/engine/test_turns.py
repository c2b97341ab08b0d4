"""Steps of the engine and pieces of the encoder take turns, and neither starves."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from threading import Thread

import pytest

from inference.engine.loop import EngineLoop
from inference.engine.request import SamplingParameters
from inference.engine.turns import PIECE_SECONDS, Turns
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
