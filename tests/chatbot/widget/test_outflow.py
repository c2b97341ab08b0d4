"""How far ahead of a client the server sends, and when it gives up on one."""

import asyncio
from collections.abc import Iterator

import pytest

from chatbot.conversations.sockets import outflow
from chatbot.conversations.sockets.outflow import MOST_BYTES, MOST_FRAMES, Outflow
from tests.eventually import eventually


class Window:
    """An outflow with what it asked its socket to do."""

    def __init__(self) -> None:
        self.pings: list[bytes] = []
        self.given_up = 0
        self.outflow = Outflow(self.pings.append, self.give_up)

    def give_up(self) -> None:
        self.given_up += 1

    def send(self, frames: int, size: int = 100) -> None:
        for _ in range(frames):
            self.outflow.sent(size)


@pytest.fixture
async def window() -> Iterator[Window]:
    window = Window()
    yield window
    window.outflow.close()


async def test_it_is_full_after_256_frames_or_256_kib(window: Window) -> None:
    window.send(MOST_FRAMES - 1)
    assert not window.outflow.full
    window.send(1)
    assert window.outflow.full

    large = Window()
    large.send(4, MOST_BYTES // 4)
    assert large.outflow.full
    large.outflow.close()


async def test_a_pong_confirms_what_was_sent_before_its_ping(window: Window) -> None:
    window.send(MOST_FRAMES)
    waiting = asyncio.create_task(window.outflow.room())
    await asyncio.sleep(0)
    assert window.pings and not waiting.done()
    window.outflow.pong(window.pings[0])

    await asyncio.wait_for(waiting, 10)


async def test_an_ack_confirms_and_a_wrong_one_does_not(window: Window) -> None:
    window.send(MOST_FRAMES)
    for wrong in (0, MOST_FRAMES + 1, 2**53):
        window.outflow.confirm(wrong)
    window.outflow.pong(b"\xff" * 8)
    window.outflow.pong(b"of their own")
    assert window.outflow.full

    window.outflow.confirm(10)
    window.outflow.confirm(5)
    assert not window.outflow.full
    window.send(10)
    assert window.outflow.full


async def test_who_confirms_without_reading_gains_nothing(window: Window) -> None:
    window.send(10)
    window.outflow.pauseProducing()
    window.outflow.confirm(10)
    assert window.outflow.full
    window.outflow.resumeProducing()
    assert not window.outflow.full


async def test_a_client_that_confirms_nothing_is_given_up_once(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outflow, "STALL_SECONDS", 0.2)
    monkeypatch.setattr(outflow, "_PING_SECONDS", 0.05)
    monkeypatch.setattr(outflow, "_LOOK_SECONDS", 0.02)
    window.send(1)
    await eventually(lambda: window.given_up)

    assert window.pings == [(1).to_bytes(8, "big")]
    window.send(MOST_FRAMES)
    assert not window.outflow.full
    assert window.given_up == 1


async def test_a_client_that_answers_pings_is_kept(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outflow, "STALL_SECONDS", 5)
    monkeypatch.setattr(outflow, "_PING_SECONDS", 0.01)
    monkeypatch.setattr(outflow, "_LOOK_SECONDS", 0.005)
    for sent in range(1, 6):
        window.send(1)
        await eventually(lambda sent=sent: len(window.pings) == sent)
        window.outflow.pong(window.pings[-1])

    assert window.given_up == 0


async def test_nobody_waits_on_a_closed_connection(window: Window) -> None:
    window.send(MOST_FRAMES)
    waiting = asyncio.create_task(window.outflow.room())
    await asyncio.sleep(0)
    window.outflow.close()

    await asyncio.wait_for(waiting, 10)
