"""From logits to the next tokens of each request."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from inference.engine.drawing import Scores, draw
from inference.engine.logprobs import TokenLogprobs, token_logprobs
from inference.engine.request import Request, SamplingParameters


class SamplingFailure(RuntimeError):
    """The model gave no usable scores for one request."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request in a step: it has a row of logits for its next token and one after each draft token."""

    request: Request
    draft: Sequence[int] = ()

    @property
    def rows(self) -> int:
        return 1 + len(self.draft)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A token of the answer, with its log-probabilities where the request asked for them."""

    token: int
    logprobs: TokenLogprobs | None = None


@torch.inference_mode()
def sample(
    logits: torch.Tensor, wanted: Sequence[Wanted], stop_tokens: frozenset[int]
) -> list[list[Drawn] | SamplingFailure]:
    """The next tokens of each request, in the order of the answer, or its failure.

    `logits` is (rows, vocabulary) in float32 and holds the rows of each request one after the other. A token
    is drawn at each row from the model's distribution there, until one differs from the draft or ends the
    answer: what an answer says does not depend on its drafts, only how soon. Each token takes one number of
    the request's own random numbers, so neither do its neighbours change it.
    """
    if not wanted:
        return []
    scores = _Rows(logits, wanted, stop_tokens)
    drawn: list[list[Drawn] | SamplingFailure] = []
    row = 0
    for one in wanted:
        try:
            drawn.append(_draw_rows(scores, row, one, stop_tokens))
        except SamplingFailure as failure:
            drawn.append(failure)
        row += one.rows
    return drawn


class _Rows:
    """The likeliest token of every row by one pass over all; the scores of a row only where they are needed.

    Rows are read by numpy: its passes over one row are several times faster than torch's on the CPU.
    """

    def __init__(self, logits: torch.Tensor, wanted: Sequence[Wanted], stop_tokens: frozenset[int]) -> None:
        if logits.device.type == "cpu":
            everything = logits.numpy()
            likeliest = everything.argmax(axis=1)
            best = everything[np.arange(len(everything)), likeliest]
            self._scores, self._places = everything, range(len(everything))
        else:
            likeliest = logits.argmax(dim=1)
            best = logits.gather(1, likeliest[:, None])[:, 0]
            needed = _needed_rows(wanted, stop_tokens)
            self._scores = logits[needed].cpu().numpy() if needed else np.empty((0, 0), np.float32)
            self._places = {row: place for place, row in enumerate(needed)}
        self.likeliest: list[int] = likeliest.tolist()
        self.best: list[float] = best.tolist()

    _scores: NDArray[np.float32]
    _places: Sequence[int] | Mapping[int, int]

    def __getitem__(self, row: int) -> Scores:
        return self._scores[self._places[row]]


def _needed_rows(wanted: Sequence[Wanted], stop_tokens: frozenset[int]) -> list[int]:
    needed: list[int] = []
    start = 0
    for one in wanted:
        if not _takes_likeliest(one.request, 0, stop_tokens):
            needed.extend(range(start, start + one.rows))
        start += one.rows
    return needed


def _takes_likeliest(request: Request, drawn: int, stop_tokens: frozenset[int]) -> bool:
    """Whether the request's next token is its row's largest score, and nothing else is asked about it."""
    sampling = request.sampling
    return (
        sampling.greedy
        and not sampling.penalised
        and sampling.logprobs is None
        and sampling.grammar is None
        and not (stop_tokens and len(request.output) + drawn < sampling.min_tokens)
    )


def _draw_rows(rows: _Rows, first: int, wanted: Wanted, stop_tokens: frozenset[int]) -> list[Drawn]:
    request = wanted.request
    drawn: list[Drawn] = []
    output = list(request.output) if request.sampling.penalised else []
    for offset in range(wanted.rows):
        row = first + offset
        if not math.isfinite(rows.best[row]):
            raise SamplingFailure("The model computed no finite score for the next token.")
        if _takes_likeliest(request, offset, stop_tokens):
            drawn.append(Drawn(rows.likeliest[row]))
        else:
            drawn.append(_draw(rows[row], request, output, offset, stop_tokens))
        token = drawn[-1].token
        if token in stop_tokens and not request.sampling.ignore_eos:
            break
        if offset < len(wanted.draft) and token != wanted.draft[offset]:
            break
        output.append(token)
    return drawn


def _draw(
    scores: Scores, request: Request, output: Sequence[int], drawn: int, stop_tokens: frozenset[int]
) -> Drawn:
    """One token. `output` is the answer with what this step has drawn already, which are `drawn` tokens."""
    sampling = request.sampling
    adjusted = scores.copy()
    if sampling.penalised:
        _penalise(adjusted, sampling, request.prompt, output)
    if request.matcher is not None:
        request.matcher.mask(adjusted)
    if stop_tokens and len(request.output) + drawn < sampling.min_tokens:
        adjusted[list(stop_tokens)] = -math.inf
    token = int(adjusted.argmax())
    if not math.isfinite(adjusted[token]):
        raise SamplingFailure("No token is allowed here.")
    if not sampling.greedy:
        token = draw(adjusted, sampling, request.random.random())
    if request.matcher is not None:
        request.matcher.accept(token)
    if sampling.logprobs is None:
        return Drawn(token)
    return Drawn(token, token_logprobs(scores, token, sampling.logprobs))


def _penalise(
    scores: Scores, sampling: SamplingParameters, prompt: Sequence[int], output: Sequence[int]
) -> None:
    """Repetition as in CTRL (Keskar et al. 2019, section 4.1) over prompt and output.

    Frequency and presence as in OpenAI's API, over the output.
    """
    if sampling.repetition_penalty != 1:
        seen = np.array([*prompt, *output])
        before = scores[seen]
        scores[seen] = np.where(
            before > 0, before / sampling.repetition_penalty, before * sampling.repetition_penalty
        )
    if output and (sampling.frequency_penalty or sampling.presence_penalty):
        used, counts = np.unique(np.array(output), return_counts=True)
        scores[used] -= counts * sampling.frequency_penalty + sampling.presence_penalty
