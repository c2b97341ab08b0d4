"""From the rounds' values to the figures that are reported."""

import statistics
from collections.abc import Mapping, Sequence
from typing import Any

OURS = ("decode_1", "decode_4", "decode_16", "decode_1_grounded", "prefill")
BASELINES = ("llama_cpp", "generate", "continuous_batching")

Values = dict[str, list[float]]


def medians(values: Mapping[str, Sequence[float]]) -> dict[str, float]:
    """The median of each figure over the rounds that gave one."""
    return {name: statistics.median(found) for name, found in values.items() if found}


def best_settings(settings: Mapping[str, Values]) -> tuple[Values, dict[str, str]]:
    """For each figure its values under the setting with the best median, and which setting that is."""
    values: Values = {}
    chosen: dict[str, str] = {}
    for name in OURS:
        tried = {setting: found[name] for setting, found in settings.items() if found.get(name)}
        if tried:
            chosen[name] = max(tried, key=lambda setting: statistics.median(tried[setting]))
            values[name] = tried[chosen[name]]
    return values, chosen


def ratios(figures: Mapping[str, float]) -> dict[str, float]:
    """Ours over each baseline's: `NAME_ratio` is against llama.cpp, `NAME_BASELINE_ratio` against the others.

    Perplexities are over that of bf16.
    """
    found: dict[str, float] = {}
    for name in OURS:
        for baseline in BASELINES:
            theirs = figures.get(f"{name}_{baseline}")
            if theirs and name in figures:
                suffix = "ratio" if baseline == "llama_cpp" else f"{baseline}_ratio"
                found[f"{name}_{suffix}"] = figures[name] / theirs
    if reference := figures.get("perplexity_bf16"):
        for precision in ("int8", "int4", "fp32"):
            if perplexity := figures.get(f"perplexity_{precision}"):
                found[f"perplexity_{precision}_ratio"] = perplexity / reference
    return found


def rounded(value: Any) -> Any:
    """Numbers to five significant digits, wherever they stand."""
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: rounded(inner) for key, inner in value.items()}
    return [rounded(inner) for inner in value] if isinstance(value, list) else value
