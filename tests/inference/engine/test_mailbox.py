"""Calls from other threads arrive on the event loop: all of them, in order, with few wake-ups."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from inference.engine.mailbox import Mailbox
from tests.eventually import eventually


class SleepingLoop:
    """An event loop that runs what it was told when the test says so."""

    def __init__(self) -> None:
        self.wake_ups: list[Callable[[], None]] = []

    def call_soon_threadsafe(self, call: Callable[[], None]) -> None:
        self.wake_ups.append(call)


def test_what_comes_together_wakes_the_loop_once() -> None:
    loop, taken = SleepingLoop(), list[int]()
    mailbox = Mailbox(loop)
    for step in range(2):
        for answer in range(16):
            mailbox.post(partial(taken.append, 16 * step + answer))
        assert len(loop.wake_ups) == 1
        loop.wake_ups.pop()()

    assert taken == list(range(32))


def test_what_comes_while_the_loop_empties_the_mailbox_wakes_it_again() -> None:
    loop, taken = SleepingLoop(), list[str]()
    mailbox = Mailbox(loop)
    mailbox.post(lambda: mailbox.post(lambda: taken.append("late")))
    loop.wake_ups.pop()()
    assert taken == [] and len(loop.wake_ups) == 1
    loop.wake_ups.pop()()

    assert taken == ["late"]


async def test_many_threads_lose_nothing_and_keep_their_order() -> None:
    mailbox = Mailbox.here()
    taken: list[tuple[int, int]] = []

    def post(thread: int) -> None:
        for number in range(2000):
            mailbox.post(partial(taken.append, (thread, number)))

    with ThreadPoolExecutor(8) as pool:
        for thread in range(8):
            pool.submit(post, thread)
        await eventually(lambda: len(taken) == 16_000)

    for thread in range(8):
        assert [number for sender, number in taken if sender == thread] == list(range(2000))


def test_a_call_that_fails_loses_no_other(caplog: pytest.LogCaptureFixture) -> None:
    loop, taken = SleepingLoop(), list[str]()
    mailbox = Mailbox(loop)
    mailbox.post(lambda: 1 / 0)
    mailbox.post(lambda: taken.append("next"))
    loop.wake_ups.pop()()

    assert taken == ["next"] and "ZeroDivisionError" in caplog.text


def test_a_closed_loop_is_said_to_every_sender() -> None:
    loop = asyncio.new_event_loop()
    mailbox = Mailbox(loop)
    loop.close()
    for _ in range(2):
        with pytest.raises(RuntimeError, match="closed"):
            mailbox.post(lambda: None)


async def test_an_event_loop_has_one_mailbox_while_it_is_used() -> None:
    mine = Mailbox.here()
    assert Mailbox.here() is mine
    assert await asyncio.to_thread(lambda: asyncio.run(_here())) is not mine


async def _here() -> Mailbox:
    return Mailbox.here()
