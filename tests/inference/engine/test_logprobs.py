"""Log-probabilities are the model's own, whatever narrows the choice."""

import pytest
import torch

from inference.engine.engine import Engine
from inference.engine.logprobs import token_logprobs
from inference.engine.request import Request, SamplingParameters
from inference.engine.sampler import Wanted, sample
from tests.inference.engine.conftest import Asked, run


def test_the_likeliest_come_first_with_the_log_of_their_softmax() -> None:
    scores = torch.tensor([0.5, 3.0, -1.0, 2.0])
    expected = scores.log_softmax(-1).tolist()

    entry = token_logprobs(scores.numpy(), token=2, count=3)

    assert entry.token == 2 and entry.logprob == pytest.approx(expected[2])
    assert [token for token, _ in entry.top] == [1, 3, 0]
    assert [logprob for _, logprob in entry.top] == pytest.approx([expected[1], expected[3], expected[0]])


def test_temperature_and_penalties_do_not_change_them() -> None:
    scores = torch.tensor([[0.5, 3.0, -1.0, 2.0]])
    sampling = SamplingParameters(temperature=2, top_k=1, frequency_penalty=2, logprobs=1)
    request = Request([0], sampling, deliver=lambda output: None, output=[1, 1])

    ((drawn,),) = sample(scores, [Wanted(request)], frozenset())

    assert drawn.token == 3 and drawn.logprobs is not None
    assert drawn.logprobs.logprob == pytest.approx(float(scores[0].log_softmax(-1)[3]))
    assert drawn.logprobs.top[0][0] == 1


def test_there_is_one_entry_for_each_token_of_the_text(engine: Engine) -> None:
    asked = Asked(engine, [5, 6], max_tokens=12, temperature=0, ignore_eos=True, logprobs=2)
    plain = Asked(engine, [5, 6], max_tokens=12, temperature=0, ignore_eos=True)
    run(engine)

    entries = [entry for output in asked.outputs for entry in output.logprobs]
    assert [entry.token for entry in entries] == asked.request.output
    assert all(entry.top[0] == (entry.token, entry.logprob) for entry in entries)
    assert not any(output.logprobs for output in plain.outputs)
