"""Sampling does what was asked, and a request's neighbours do not change it."""

from collections import Counter

import pytest
import torch

from inference.engine.engine import Engine
from inference.engine.request import InvalidParameter, Request, SamplingParameters
from inference.engine.sampler import SamplingFailure, Wanted, sample
from tests.inference.engine.conftest import Asked, run

LOGITS = torch.tensor([[2.0, 1.0, 0.0, -1.0, -9.0]])


def _draw(
    count: int, logits: torch.Tensor = LOGITS, output: tuple[int, ...] = (), **sampling: object
) -> Counter:
    request = Request([0], SamplingParameters(seed=1, **sampling), deliver=lambda output: None)
    request.output.extend(output)
    return Counter(sample(logits, [Wanted(request)], frozenset())[0][0].token for _ in range(count))


def test_the_same_seed_gives_the_same_answer_beside_any_neighbour(engine: Engine) -> None:
    alone = Asked(engine, [3, 4, 5], max_tokens=12, temperature=1.0, seed=7, ignore_eos=True)
    run(engine)
    neighbours = [Asked(engine, [9, n], max_tokens=20, temperature=1.5, seed=n) for n in range(3)]
    beside = Asked(engine, [3, 4, 5], max_tokens=12, temperature=1.0, seed=7, ignore_eos=True)
    run(engine)

    assert beside.request.output == alone.request.output
    assert len({tuple(other.request.output) for other in neighbours}) > 1


def test_probabilities_are_those_of_the_softmax() -> None:
    drawn = _draw(4000, temperature=1.0)
    expected = LOGITS[0].softmax(-1)

    for token in range(4):
        assert drawn[token] / 4000 == pytest.approx(float(expected[token]), abs=0.03)


def test_temperature_zero_is_greedy() -> None:
    assert _draw(50, temperature=0) == {0: 50}


def test_top_k_keeps_the_likeliest() -> None:
    assert set(_draw(500, top_k=2)) == {0, 1}


def test_top_p_keeps_the_smallest_set_that_holds_the_share() -> None:
    assert set(_draw(500, top_p=0.7)) == {0, 1}
    assert set(_draw(500, top_p=0.6)) == {0}


def test_min_p_is_relative_to_the_likeliest() -> None:
    assert set(_draw(500, min_p=0.3)) == {0, 1}


def test_penalties_make_used_tokens_rarer() -> None:
    assert _draw(20, temperature=0, output=(0, 0), frequency_penalty=0.6) == {1: 20}
    assert _draw(20, temperature=0, output=(0,), presence_penalty=1.5) == {1: 20}
    assert _draw(20, temperature=0, output=(0,), repetition_penalty=3.0) == {1: 20}


def test_scores_that_are_no_numbers_fail_that_request_only() -> None:
    wanted = [
        Wanted(Request([0], SamplingParameters(temperature=temperature), deliver=lambda output: None))
        for temperature in (0, 1, 0)
    ]
    rows = torch.stack([torch.full((5,), float("nan")), torch.full((5,), -float("inf")), LOGITS[0]])
    failed, failed_too, drawn = sample(rows, wanted, frozenset())

    assert isinstance(failed, SamplingFailure) and isinstance(failed_too, SamplingFailure)
    assert [one.token for one in drawn] == [0]


def test_a_large_vocabulary_is_drawn_from_as_a_small_one() -> None:
    """Sums are made of blocks and the likeliest are looked at first: neither may show."""
    logits = torch.randn(1, 10_001, generator=torch.Generator().manual_seed(3)) / 4
    expected = logits[0].softmax(-1)
    order = expected.argsort(descending=True)
    kept = order[: int((expected[order].cumsum(0) < 0.97).sum()) + 1]

    drawn = _draw(4000, logits)
    assert sum(drawn[token] for token in range(5000)) / 4000 == pytest.approx(
        float(expected[:5000].sum()), abs=0.03
    )
    assert set(_draw(4000, logits, top_p=0.97)) <= set(kept.tolist())


def test_what_has_no_probability_is_never_drawn() -> None:
    logits = torch.full((1, 3000), -float("inf"))
    logits[0, [7, 1200]] = 0.0

    assert set(_draw(300, logits)) == {7, 1200}


@pytest.mark.parametrize(
    ("name", "value"),
    [("temperature", 3), ("top_p", 0), ("max_tokens", 0), ("top_k", -5), ("stop", ("",)), ("min_p", 2)],
)
def test_a_parameter_out_of_range_is_named(name: str, value: object) -> None:
    with pytest.raises(InvalidParameter) as raised:
        SamplingParameters(**{name: value})

    assert raised.value.parameter == name
