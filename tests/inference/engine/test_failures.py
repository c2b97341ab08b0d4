"""What breaks, breaks aloud and alone; the engine goes on."""

import asyncio
import gc
from collections.abc import Callable

import pytest
import torch

from inference.engine.batch import Batch
from inference.engine.engine import Engine
from inference.engine.loop import EngineLoop, EngineUnavailable, Status
from inference.engine.request import FinishReason, Output, SamplingParameters
from tests.eventually import eventually
from tests.inference.engine.conftest import Asked, is_idle, run
from tests.inference.engine.fake_runner import FakeRunner


def test_a_reader_that_fails_ends_its_own_request_only(engine: Engine) -> None:
    def fail(output: Output) -> None:
        raise RuntimeError("the reader is broken")

    broken = engine.submit([5, 6], SamplingParameters(max_tokens=5, ignore_eos=True), fail)
    healthy = Asked(engine, [5, 6], max_tokens=5, ignore_eos=True)
    run(engine)

    assert broken.finish_reason is FinishReason.ERROR
    assert healthy.last.finish_reason is FinishReason.LENGTH


def test_a_model_that_computes_no_number_fails_that_request_only_and_its_blocks_are_cleared(
    make_fake: Callable[..., tuple[Engine, FakeRunner]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, runner = make_fake({"speculate": False})
    healthy = Asked(engine, [5] * 40, max_tokens=5, ignore_eos=True)
    broken = Asked(engine, [6] * 70, max_tokens=5, ignore_eos=True)
    engine.step()
    held = list(broken.request.blocks)
    real = runner.run

    def poisoned(batch: Batch) -> torch.Tensor:
        logits = real(batch)
        logits[1] = float("nan")
        return logits

    with monkeypatch.context() as patch:
        patch.setattr(runner, "run", poisoned)
        engine.step()
    run(engine)

    assert broken.last.finish_reason is FinishReason.ERROR and "no finite score" in broken.last.error
    assert healthy.last.finish_reason is FinishReason.LENGTH
    assert sorted(runner.cleared) == sorted(held)
    assert is_idle(engine)
    again = Asked(engine, [6] * 70, max_tokens=5, ignore_eos=True)
    run(engine)
    assert again.request.cached == 0


def test_what_was_written_before_a_failing_step_is_delivered_with_the_error(
    make_fake: Callable[..., tuple[Engine, FakeRunner]], monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, _ = make_fake({"speculate": False})
    ending = Asked(engine, [70], max_tokens=1, ignore_eos=True)
    other = Asked(engine, [71], max_tokens=5, ignore_eos=True)
    monkeypatch.setattr(engine, "_count_blocks", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        engine.step()
    monkeypatch.undo()
    engine.fail_all("broken")

    assert ending.last.finish_reason is FinishReason.LENGTH
    assert other.last.finish_reason is FinishReason.ERROR and other.text
    assert is_idle(engine)


async def test_a_failing_step_tells_every_open_request_and_the_loop_goes_on(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop = EngineLoop(lambda: engine)
    loop.start()
    await eventually(loop.loaded.done)
    outputs: list[Output] = []
    with monkeypatch.context() as patch:
        patch.setattr(engine._runner, "run", lambda chunks: 1 / 0)
        for _ in range(3):
            loop.submit([5, 6], SamplingParameters(max_tokens=5), outputs.append)
        await eventually(lambda: len(outputs) >= 3)
    assert {output.finish_reason for output in outputs} == {FinishReason.ERROR}

    outputs.clear()
    loop.submit([5, 6], SamplingParameters(max_tokens=5), outputs.append)
    await eventually(lambda: outputs and outputs[-1].finish_reason)
    loop.stop()

    assert outputs[-1].finish_reason in (FinishReason.LENGTH, FinishReason.STOP)


async def test_work_without_progress_is_stuck(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    loop = EngineLoop(lambda: engine, stall_seconds=0.05)
    Asked(engine, [5, 6], max_tokens=5)
    loop.loaded.set_result(engine)

    await eventually(lambda: loop.status is Status.STUCK)
    run(engine)
    assert loop.status is Status.READY


async def test_a_model_that_cannot_be_loaded_is_said(make_engine: Callable[..., Engine]) -> None:
    def fail() -> Engine:
        raise OSError("no such folder")

    loop = EngineLoop(fail)
    loop.start()
    await eventually(loop.loaded.done)

    assert loop.status is Status.FAILED
    with pytest.raises(EngineUnavailable):
        loop.submit([5], SamplingParameters(), lambda output: None)
    loop.stop()


async def test_who_waits_for_the_loading_hears_its_end_and_asyncio_has_nothing_to_complain_of() -> None:
    def fail() -> Engine:
        raise OSError("no such folder")

    complaints: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, said: complaints.append(said))
    loop = EngineLoop(fail)
    loop.start()

    await loop.settled()

    assert loop.status is Status.FAILED
    loop.stop()
    gc.collect()
    assert complaints == []
