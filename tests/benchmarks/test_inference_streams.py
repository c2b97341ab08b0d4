"""Timing our engine from outside: what is counted, and that nothing is left behind."""

import pytest

from benchmarks.inference.children import MeasurementFailed
from benchmarks.inference.streams import step_until, submit, time_answer, time_decode
from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import load
from tests.inference.engine.tiny import write_model

PROMPTS = [[1, 2, 3], [4, 5, 6, 7], [8, 9]]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    return Engine(load(write_model(tmp_path_factory.mktemp("model"))), EngineConfig(max_batch=4))


def test_the_timed_tokens_of_every_stream_are_counted(engine: Engine) -> None:
    drawn, seconds = time_decode(engine, PROMPTS, 20)

    assert drawn == len(PROMPTS) * 20
    assert seconds > 0
    assert not engine.has_work


def test_an_answer_has_a_first_token_and_a_rest(engine: Engine) -> None:
    first, rest, request = time_answer(engine, PROMPTS[0], 12)

    assert first > 0 <= rest
    assert 1 <= len(request.output) <= 12


def test_a_measurement_does_not_wait_for_what_never_comes(engine: Engine) -> None:
    submit(engine, PROMPTS[0], 4)

    with pytest.raises(MeasurementFailed, match="ended its work"):
        step_until(engine, lambda: False)
