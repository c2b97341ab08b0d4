"""A silent server is waited for while it says that it is healthy, and no longer than agreed."""

import asyncio
from collections.abc import Callable

import pytest

from inference import patience
from inference.patience import Interrupted, Patience, Stalled


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PROBE_AFTER_SECONDS", 0.05)


def says(*answers: bool) -> Callable[[], asyncio.Future[bool]]:
    """A server that gives these answers, and the last one from then on."""
    left = list(answers)

    def is_healthy() -> asyncio.Future[bool]:
        answer = asyncio.get_running_loop().create_future()
        answer.set_result(left.pop(0) if len(left) > 1 else left[0])
        return answer

    return is_healthy


async def after(seconds: float) -> str:
    await asyncio.sleep(seconds)
    return "a word"


async def test_a_healthy_server_may_take_its_time() -> None:
    async with Patience(says(True), limit=None) as wait:
        assert await wait.wait_for(after(0.3)) == "a word"
        assert await wait.wait_for(after(0)) == "a word"


async def test_a_server_that_is_not_healthy_is_left() -> None:
    async with asyncio.timeout(5), Patience(says(True, False), limit=None) as wait:
        with pytest.raises(Interrupted, match="not healthy"):
            await wait.wait_for(after(60))


async def test_a_healthy_server_that_does_not_go_on_is_left_after_the_limit() -> None:
    async with asyncio.timeout(5), Patience(says(True), limit=0.2) as wait:
        assert await wait.wait_for(after(0.1)) == "a word"
        with pytest.raises(Stalled):
            await wait.wait_for(after(60))


async def test_time_between_steps_is_the_readers_own() -> None:
    async with Patience(says(False), limit=0.01) as wait:
        for _ in range(3):
            await asyncio.sleep(0.1)
            assert await wait.wait_for(after(0)) == "a word"


async def test_what_a_step_raises_comes_through() -> None:
    async def fails() -> None:
        raise TimeoutError("the step's own")

    async with Patience(says(True), limit=None) as wait:
        with pytest.raises(TimeoutError, match="own"):
            await wait.wait_for(fails())


async def test_who_is_cancelled_hears_so() -> None:
    async def read() -> None:
        async with Patience(says(True), limit=None) as wait:
            await wait.wait_for(after(60))

    reading = asyncio.create_task(read())
    await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert len(asyncio.all_tasks()) == 1
