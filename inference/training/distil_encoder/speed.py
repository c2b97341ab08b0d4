"""How quick two networks are on the same texts."""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from inference.engine.sentiment_network import SentimentNetwork

_ROUNDS = 3


def texts_per_second(networks: Sequence[SentimentNetwork], texts: Sequence[str]) -> list[float]:
    """Texts a second of each network: medians of rounds in turns, so that a busy moment hits all."""
    seconds: list[list[float]] = [[] for _network in networks]
    for network in networks:
        network.classify(texts[:8])
    for _round in range(_ROUNDS):
        for taken, network in zip(seconds, networks, strict=True):
            begun = time.perf_counter()
            network.classify(texts)
            taken.append(time.perf_counter() - begun)
    return [len(texts) / statistics.median(taken) for taken in seconds]
