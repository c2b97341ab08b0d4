"""Log-probabilities of what was drawn, and of what might have been."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MAX_TOP_LOGPROBS = 20


@dataclass(frozen=True, slots=True)
class TokenLogprobs:
    """One drawn token, its natural log-probability, and the likeliest tokens with theirs, best first."""

    token: int
    logprob: float
    top: tuple[tuple[int, float], ...] = ()


def token_logprobs(scores: NDArray[np.float32], token: int, count: int) -> TokenLogprobs:
    """Of `token` and the `count` likeliest ones, under the model's own distribution.

    `scores` is the model's row of the vocabulary, before temperature, penalties and whatever else narrows the
    choice, as vLLM reports by default (`logprobs_mode="raw_logprobs"`).
    """
    best = scores.max()
    normalizer = float(best) + float(np.log(np.exp(scores - best).sum()))
    top: tuple[tuple[int, float], ...] = ()
    if count > 0:
        likeliest = (
            np.argpartition(scores, -count)[-count:] if count < len(scores) else np.arange(len(scores))
        )
        ordered = likeliest[np.lexsort((likeliest, -scores[likeliest]))].tolist()
        top = tuple((place, float(scores[place]) - normalizer) for place in ordered)
    return TokenLogprobs(token, float(scores[token]) - normalizer, top)
