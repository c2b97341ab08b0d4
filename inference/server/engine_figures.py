"""What the engine counts, read when Prometheus asks."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from inference.engine.loop import EngineLoop, EngineUnavailable


class EngineFigures(Collector):
    """The engine's statistics as metrics; none while there is no engine."""

    def __init__(self, loop: EngineLoop) -> None:
        self._loop = loop

    def collect(self) -> Iterator[Metric]:
        """Counters since the engine was loaded, and how full it is now."""
        try:
            engine = self._loop.engine
        except EngineUnavailable:
            return
        done = engine.statistics
        for name, text, value in (
            ("steps", "Steps of the engine.", done.steps),
            ("prompt_tokens_computed", "Tokens of prompts that were computed.", done.prompt_tokens_computed),
            ("prompt_tokens_cached", "Tokens of prompts that the cache held.", done.prompt_tokens_cached),
            ("generated_tokens", "Tokens written.", done.generated_tokens),
            ("draft_tokens_offered", "Tokens guessed and verified.", done.drafts_offered),
            ("draft_tokens_accepted", "Tokens guessed right.", done.drafts_accepted),
        ):
            yield CounterMetricFamily(f"parley_{name}", text, value=value)
        for name, text, value in (
            ("requests_running", "Requests that have a place in the batch.", engine.running),
            ("requests_waiting", "Requests that wait for one.", engine.waiting),
            ("cache_blocks_used", "Blocks of the cache that requests hold.", done.blocks_used),
            ("cache_blocks_cached", "Blocks kept for prompts to come.", done.blocks_cached),
            ("cache_blocks_total", "Blocks of the cache.", done.blocks_total),
        ):
            yield GaugeMetricFamily(f"parley_{name}", text, value=value)
