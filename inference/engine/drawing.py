"""One token from one row of scores and one random number."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inference.engine.request import SamplingParameters

# Most of the probability lies in few tokens: looking there first spares sorting the whole vocabulary.
LIKELIEST = (256, 4096)
# A running sum over the vocabulary is made of sums over this many tokens.
BLOCK = 256

Scores = NDArray[np.float32]
Tokens = NDArray[np.intp]


def draw(scores: Scores, sampling: SamplingParameters, chance: float) -> int:
    """The token at `chance` (0 to 1) of the way through what stays in play at the request's temperature.

    At least one score must be finite. Overwrites `scores`.
    """
    scores -= scores.max()
    scores *= np.float32(1 / sampling.temperature)
    # Probabilities, as multiples of the likeliest token's.
    weights = np.exp(scores, out=scores)
    tokens = _in_play(weights, sampling)
    if tokens is None:
        return _place(weights, chance)
    return int(tokens[_place(weights[tokens], chance)])


def _place(weights: Scores, chance: float) -> int:
    """Inverse transform sampling; never a place of weight 0."""
    sums = np.add.reduceat(weights, np.arange(0, len(weights), BLOCK), dtype=np.float64).cumsum()
    point = chance * sums[-1]
    block = min(int(sums.searchsorted(point, side="right")), len(sums) - 1)
    if block:
        point -= sums[block - 1]
    inside = weights[block * BLOCK : (block + 1) * BLOCK].cumsum(dtype=np.float64)
    place = block * BLOCK + min(int(inside.searchsorted(point, side="right")), len(inside) - 1)
    while weights[place] == 0:
        place -= 1
    return place


def _in_play(weights: Scores, sampling: SamplingParameters) -> Tokens | None:
    """The tokens that may be drawn; None for all.

    `top_k` keeps the likeliest k; then `top_p` the smallest set that holds this share of their probability
    (Holtzman et al. 2020); then `min_p` what has at least this share of the likeliest token's probability.
    """
    tokens: Tokens | None = None
    if 0 < sampling.top_k < len(weights):
        tokens = np.argpartition(weights, -sampling.top_k)[-sampling.top_k :]
    if sampling.top_p < 1:
        tokens = _nucleus(weights, tokens, sampling.top_p)
    if sampling.min_p > 0:
        if tokens is None:
            return np.flatnonzero(weights >= sampling.min_p)
        tokens = tokens[weights[tokens] >= sampling.min_p]
    return tokens


def _nucleus(weights: Scores, tokens: Tokens | None, top_p: float) -> Tokens:
    among = weights if tokens is None else weights[tokens]
    share = top_p * float(among.sum())
    for count in (*(size for size in LIKELIEST if size < len(among)), len(among)):
        likeliest = np.argpartition(among, -count)[-count:]
        likeliest = likeliest[np.argsort(-among[likeliest])]
        cumulative = among[likeliest].cumsum(dtype=np.float64)
        if cumulative[-1] >= share:
            break
    kept = likeliest[: int(cumulative.searchsorted(share)) + 1]
    return kept if tokens is None else tokens[kept]
