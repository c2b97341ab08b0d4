"""From logits to the next token of each request."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from inference.engine.request import Request

# Most of the probability lies in few tokens: looking there first spares sorting the whole vocabulary.
LIKELIEST = 256


class SamplingFailure(RuntimeError):
    """The model gave no usable scores for one request."""


@torch.inference_mode()
def sample(
    logits: torch.Tensor, requests: Sequence[Request], stop_tokens: frozenset[int]
) -> list[int | SamplingFailure]:
    """The next token of each request, or its failure. `logits` is (requests, vocabulary) in float32.

    Each request draws from its own random numbers, so neighbours do not change its result.
    """
    if not requests:
        return []
    usable = torch.isfinite(logits.amax(dim=-1)).tolist()
    likeliest = logits.argmax(dim=-1).tolist()
    tokens: list[int | SamplingFailure] = []
    for row, request in enumerate(requests):
        if not usable[row]:
            tokens.append(SamplingFailure("The model computed no finite score for the next token."))
        elif request.sampling.greedy and not request.sampling.penalised and not _must_continue(request):
            tokens.append(likeliest[row])
        else:
            tokens.append(_draw(_adjust(logits[row], request, stop_tokens), request))
    return tokens


def _must_continue(request: Request) -> bool:
    return len(request.output) < request.sampling.min_tokens


def _adjust(logits: torch.Tensor, request: Request, stop_tokens: frozenset[int]) -> torch.Tensor:
    """Penalties and the minimum length.

    Repetition as in CTRL (Keskar et al. 2019, section 4.1) over prompt and output; frequency and presence as
    in OpenAI's API, over the output.
    """
    sampling = request.sampling
    logits = logits.clone()
    if _must_continue(request) and stop_tokens:
        logits[list(stop_tokens)] = -math.inf
    if sampling.repetition_penalty != 1:
        seen = torch.tensor(sorted({*request.prompt, *request.output}), device=logits.device)
        scores = logits[seen]
        logits[seen] = torch.where(
            scores > 0, scores / sampling.repetition_penalty, scores * sampling.repetition_penalty
        )
    if request.output and (sampling.frequency_penalty or sampling.presence_penalty):
        used, counts = torch.tensor(request.output, device=logits.device).unique(return_counts=True)
        logits[used] -= counts * sampling.frequency_penalty + sampling.presence_penalty
    return logits


def _draw(logits: torch.Tensor, request: Request) -> int:
    sampling = request.sampling
    if sampling.greedy:
        return int(logits.argmax())
    logits = logits / sampling.temperature
    kept, tokens = _keep(logits, top_k=sampling.top_k, top_p=sampling.top_p, min_p=sampling.min_p)
    cumulative = kept.softmax(dim=-1).cumsum(dim=-1)
    point = request.random.random() * float(cumulative[-1])
    place = min(int(torch.searchsorted(cumulative, point, right=True)), len(cumulative) - 1)
    return place if tokens is None else int(tokens[place])


def _keep(
    logits: torch.Tensor, *, top_k: int, top_p: float, min_p: float
) -> tuple[torch.Tensor, torch.Tensor | None]:
    """The logits that stay in play, and their tokens in the same order (None: the whole vocabulary in order).

    `top_k` keeps the likeliest k; then `top_p` the smallest set that holds this share of their probability
    (Holtzman et al. 2020); then `min_p` what has at least this share of the likeliest token's probability.
    """
    if top_k <= 0 and top_p >= 1 and min_p <= 0:
        return logits, None
    vocabulary = logits.shape[-1]
    limit = min(top_k, vocabulary) if top_k > 0 else vocabulary
    kept, tokens = logits.topk(min(limit, LIKELIEST))
    total = logits.logsumexp(-1) if limit == vocabulary else logits.topk(limit).values.logsumexp(-1)
    if len(kept) < limit and not _suffices(kept, total, top_p, min_p):
        kept, tokens = logits.topk(limit)
    probabilities = (kept - total).exp()
    stay = torch.ones_like(kept, dtype=torch.bool)
    if top_p < 1:
        stay &= probabilities.cumsum(-1) - probabilities < top_p
    if min_p > 0:
        stay &= probabilities >= min_p * probabilities[0]
    stay[0] = True
    return kept[stay], tokens[stay]


def _suffices(kept: torch.Tensor, total: torch.Tensor, top_p: float, min_p: float) -> bool:
    """Whether no token beyond those kept could stay in play."""
    probabilities = (kept - total).exp()
    within_top_p = top_p < 1 and bool(probabilities.sum() >= top_p)
    within_min_p = min_p > 0 and bool(probabilities[-1] < min_p * probabilities[0])
    return within_top_p or within_min_p
