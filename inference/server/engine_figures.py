"""What the engine counts, read when Prometheus asks."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from inference.engine.engine import Engine
from inference.engine.loop import EngineUnavailable
from inference.server.engines import Engines

_COUNTERS = {
    "steps": "Steps of the engine.",
    "prompt_tokens_computed": "Tokens of prompts that were computed.",
    "prompt_tokens_cached": "Tokens of prompts that the cache held.",
    "generated_tokens": "Tokens written.",
    "draft_tokens_offered": "Tokens guessed and verified.",
    "draft_tokens_accepted": "Tokens guessed right.",
}
_GAUGES = {
    "requests_running": "Requests that have a place in the batch.",
    "requests_waiting": "Requests that wait for one.",
    "cache_blocks_used": "Blocks of the cache that requests hold.",
    "cache_blocks_cached": "Blocks kept for prompts to come.",
    "cache_blocks_total": "Blocks of the cache.",
}


class EngineFigures(Collector):
    """The engines' statistics as metrics by model; none of an engine that is not loaded."""

    def __init__(self, engines: Engines) -> None:
        self._engines = engines

    def collect(self) -> Iterator[Metric]:
        """Counters since each engine was loaded, and how full it is now."""
        families: dict[str, CounterMetricFamily | GaugeMetricFamily] = {
            **{
                name: CounterMetricFamily(f"parley_{name}", text, labels=["model"])
                for name, text in _COUNTERS.items()
            },
            **{
                name: GaugeMetricFamily(f"parley_{name}", text, labels=["model"])
                for name, text in _GAUGES.items()
            },
        }
        for serving in self._engines.all:
            try:
                figures = _figures(serving.engine)
            except EngineUnavailable:
                continue
            for name, value in figures.items():
                families[name].add_metric([serving.name], value)
        yield from families.values()


def _figures(engine: Engine) -> dict[str, int]:
    done = engine.statistics
    return {
        "steps": done.steps,
        "prompt_tokens_computed": done.prompt_tokens_computed,
        "prompt_tokens_cached": done.prompt_tokens_cached,
        "generated_tokens": done.generated_tokens,
        "draft_tokens_offered": done.drafts_offered,
        "draft_tokens_accepted": done.drafts_accepted,
        "requests_running": engine.running,
        "requests_waiting": engine.waiting,
        "cache_blocks_used": done.blocks_used,
        "cache_blocks_cached": done.blocks_cached,
        "cache_blocks_total": done.blocks_total,
    }
