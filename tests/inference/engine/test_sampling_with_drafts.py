"""Drafts make an answer faster and change nothing in it."""

import random

import pytest
import torch

from inference.engine.request import Request, SamplingParameters
from inference.engine.sampler import Drawn, Wanted, sample

VOCABULARY, LENGTH, STOP = 300, 60, 299


def _logits(tokens: list[int]) -> torch.Tensor:
    """What a model would say after these tokens: any numbers, always the same."""
    seed = hash(tuple(tokens)) % 2**31
    return torch.randn(VOCABULARY, generator=torch.Generator().manual_seed(seed)) * 2


def _answer(sampling: SamplingParameters, drafts: str, plain: list[Drawn]) -> tuple[list[Drawn], int]:
    """An answer and the number of steps it took. Drafts are made from what was drawn without them."""
    request = Request([5, 6, 7], sampling, deliver=lambda output: None)
    other = random.Random(4)
    answer: list[Drawn] = []
    steps = 0
    while len(answer) < LENGTH and (not answer or answer[-1].token != STOP):
        ahead = [drawn.token for drawn in plain[len(answer) : len(answer) + 6]]
        draft = {
            "none": [],
            "right": ahead,
            "wrong": [(token + 1) % VOCABULARY for token in ahead],
            "half": [token if other.random() < 0.6 else 3 for token in ahead],
        }[drafts][: LENGTH - len(answer) - 1]
        tokens = [*request.prompt, *request.output]
        rows = [_logits(tokens + draft[:length]) for length in range(len(draft) + 1)]
        (drawn,) = sample(torch.stack(rows), [Wanted(request, draft)], frozenset({STOP}))
        request.output.extend(one.token for one in drawn)
        answer.extend(drawn)
        steps += 1
    return answer, steps


@pytest.mark.parametrize(
    "sampling",
    [
        {"temperature": 0},
        {"temperature": 0, "repetition_penalty": 1.3, "frequency_penalty": 0.5},
        {"temperature": 1.0},
        {"temperature": 0.7, "top_p": 0.9},
        {"temperature": 1.5, "top_k": 20, "min_p": 0.05, "presence_penalty": 1.0, "logprobs": 2},
        {"temperature": 1.0, "min_tokens": 50},
    ],
)
@pytest.mark.parametrize("drafts", ["right", "wrong", "half"])
def test_an_answer_is_the_same_with_any_drafts(drafts: str, sampling: dict[str, object]) -> None:
    parameters = SamplingParameters(seed=11, max_tokens=LENGTH, **sampling)
    plain, plain_steps = _answer(parameters, "none", [])
    drafted, drafted_steps = _answer(parameters, drafts, plain)

    assert drafted == plain and plain_steps == len(plain)
    assert drafted_steps == plain_steps if drafts == "wrong" else drafted_steps < plain_steps


def test_neighbours_with_drafts_keep_their_own_rows() -> None:
    rows = torch.stack([_logits([place]) for place in range(4)])
    likeliest = rows.argmax(-1).tolist()
    first = Request([1], SamplingParameters(temperature=0), deliver=lambda output: None)
    second = Request([1], SamplingParameters(temperature=0, top_k=1), deliver=lambda output: None)
    wanted = [Wanted(first, likeliest[:1]), Wanted(second, [likeliest[2]])]

    drawn = sample(rows, wanted, frozenset())

    assert [[one.token for one in tokens] for tokens in drawn] == [likeliest[:2], likeliest[2:]]


def test_nothing_is_drawn_behind_the_end() -> None:
    request = Request([1], SamplingParameters(temperature=0), deliver=lambda output: None)
    rows = torch.zeros(3, 5)
    rows[:, 2] = 1

    assert sample(rows, [Wanted(request, [2, 2])], frozenset({2})) == [[Drawn(2)]]
