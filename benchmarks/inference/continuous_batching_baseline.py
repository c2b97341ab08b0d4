"""transformers' continuous batching: `python -m benchmarks.inference.continuous_batching_baseline WORKLOAD`.

`generate_batch` with bfloat16 and its own choices but for the size of its cache, which on a CPU it cannot
measure; the clock is its own `record_timestamps`.
"""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

from transformers import ContinuousBatchingConfig, GenerationConfig, PreTrainedModel

from benchmarks.inference.children import MeasurementFailed, report
from benchmarks.inference.generate_baseline import load_transformers
from benchmarks.inference.workload import Workload

TOKENS = 128
NO_END = -1
GROUNDED = 2
PREFILL = 5


def measure(workload_file: str) -> dict[str, float]:
    """`decode_N`, `decode_1_grounded`, `prefill`, in tokens per second."""
    workload = Workload.read(Path(workload_file))
    network = load_transformers(workload.model)
    figures: dict[str, float] = {}
    for streams in (1, 4, 16):
        moments = _moments(network, workload.groups(streams, 1)[0], TOKENS + 1, [NO_END])
        begun, ended = max(stream[0] for stream in moments), max(stream[-1] for stream in moments)
        figures[f"decode_{streams}"] = sum(m > begun for stream in moments for m in stream) / (ended - begun)
    answers = [
        _moments(network, [chat.tokens], TOKENS, workload.stop_tokens)[0]
        for chat in workload.grounded[:GROUNDED]
    ]
    figures["decode_1_grounded"] = statistics.median(
        (len(moments) - 1) / (moments[-1] - moments[0]) for moments in answers if len(moments) > 1
    )
    figures["prefill"] = _prefill_rate(network, workload.prefill[:PREFILL])
    return figures


def _prefill_rate(network: PreTrainedModel, prompts: Sequence[Sequence[int]]) -> float:
    """Prompt tokens over the median time to the first token, less that of prompts of one token.

    The difference takes away what starting and stopping the batching costs, which is as much again: this
    figure is the least certain of all.
    """

    def seconds(prompt: Sequence[int]) -> float:
        begun = time.perf_counter()
        return _moments(network, [prompt], 1, [NO_END])[0][0] - begun

    whole = statistics.median(seconds(prompt) for prompt in prompts)
    one = statistics.median(seconds(prompt[:1]) for prompt in prompts)
    if whole <= one:
        raise MeasurementFailed("generate_batch took as long for one token as for a whole prompt")
    return (len(prompts[0]) - 1) / (whole - one)


def _moments(
    network: PreTrainedModel, prompts: Sequence[Sequence[int]], tokens: int, ends: list[int]
) -> list[list[float]]:
    """When each token of each stream was there; raises MeasurementFailed."""
    outputs = network.generate_batch(
        inputs=[list(prompt) for prompt in prompts],
        generation_config=GenerationConfig(
            max_new_tokens=tokens, do_sample=False, eos_token_id=ends, pad_token_id=0, bos_token_id=None
        ),
        continuous_batching_config=ContinuousBatchingConfig(num_blocks=64, max_batch_tokens=1024),
        record_timestamps=True,
        progress_bar=False,
    )
    moments = [list(output.timestamps or []) for output in outputs.values()]
    if len(moments) < len(prompts) or not all(moments):
        raise MeasurementFailed("generate_batch did not answer every prompt")
    return moments


if __name__ == "__main__":
    report(measure)
