"""The figures that the result of a training tells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from inference.training.language.loop import Trained
from inference.training.language.perplexity import Perplexity
from inference.training.membership import Surprise

_POINTS = 200


def perplexity_from(surprises: Sequence[Surprise]) -> Perplexity:
    """The perplexity over the answers of which these are the nats and tokens."""
    return Perplexity(sum(nats for nats, _tokens in surprises), sum(tokens for _nats, tokens in surprises))


def training_figures(trained: Trained) -> dict[str, Any]:
    """What a loop came to: its steps, speed and losses, thinned out so that a page can draw them."""
    every = max(1, -(-len(trained.losses) // _POINTS))
    points = [*trained.losses[:-1:every], *trained.losses[-1:]]
    return {
        "steps": trained.steps,
        "resumed_at": trained.resumed_at,
        "tokens": trained.tokens,
        "answer_tokens": trained.answer_tokens,
        "training_seconds": round(trained.seconds, 1),
        "tokens_per_second": round(trained.tokens / max(trained.seconds, 1e-9), 1),
        "processes": trained.processes,
        "precision": trained.precision,
        "losses": [[step, round(loss, 5)] for step, loss in points],
    }
