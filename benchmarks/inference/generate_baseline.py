"""transformers' `generate`: `python -m benchmarks.inference.generate_baseline WORKLOAD`.

bfloat16, a static batch padded on the left, greedy, with the number of threads that our server takes.
"""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForCausalLM, GenerationConfig, PreTrainedModel, StoppingCriteria
from transformers.utils import logging

from benchmarks.inference.children import report
from benchmarks.inference.workload import Workload
from inference.server.threads import default_threads

TOKENS = 128
# The first few prompts with a passage are enough: the speed of `generate` does not depend on the text.
GROUNDED = 3
PREFILL = 3


class Clock(StoppingCriteria):
    """Stops nothing: notes the moment of every token."""

    def __init__(self) -> None:
        self.moments: list[float] = []

    def __call__(self, input_ids: Any, scores: Any, **kwargs: Any) -> Any:
        self.moments.append(time.perf_counter())
        return torch.zeros(input_ids.shape[0], dtype=torch.bool)


def load_transformers(model: str) -> PreTrainedModel:
    """The same folder as plain transformers loads it, in bfloat16."""
    torch.set_num_threads(default_threads())
    logging.set_verbosity_error()
    return AutoModelForCausalLM.from_pretrained(model, dtype=torch.bfloat16, local_files_only=True).eval()


def measure(workload_file: str) -> dict[str, float]:
    """`decode_N`, `decode_1_grounded`, `prefill`, in tokens per second."""
    workload = Workload.read(Path(workload_file))
    network = load_transformers(workload.model)
    ends, questions = workload.stop_tokens, workload.groups(1, 1)[0]
    _moments(network, questions, 8, [], ends[0])
    figures: dict[str, float] = {}
    for streams in (1, 4, 16):
        prompts = workload.groups(streams, 1)[0]
        moments = _moments(network, prompts, TOKENS + 1, [], ends[0])[1:]
        figures[f"decode_{streams}"] = streams * (len(moments) - 1) / (moments[-1] - moments[0])
    answers = [
        _moments(network, [chat.tokens], TOKENS, ends, ends[0])[1:] for chat in workload.grounded[:GROUNDED]
    ]
    figures["decode_1_grounded"] = statistics.median(
        (len(moments) - 1) / (moments[-1] - moments[0]) for moments in answers if len(moments) > 1
    )
    prefills = [_moments(network, [prompt], 1, [], ends[0]) for prompt in workload.prefill[:PREFILL]]
    figures["prefill"] = statistics.median(
        len(prompt) / (first - begun)
        for prompt, (begun, first) in zip(workload.prefill, prefills, strict=False)
    )
    return figures


@torch.inference_mode()
def _moments(
    network: PreTrainedModel, prompts: Sequence[Sequence[int]], tokens: int, ends: list[int], padding: int
) -> list[float]:
    """When `generate` was called, and when each token of all streams was there."""
    longest = max(len(prompt) for prompt in prompts)
    rows = [[padding] * (longest - len(prompt)) + list(prompt) for prompt in prompts]
    mask = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
    clock = Clock()
    begun = time.perf_counter()
    network.generate(
        input_ids=torch.tensor(rows),
        attention_mask=torch.tensor(mask),
        generation_config=GenerationConfig(
            max_new_tokens=tokens,
            do_sample=False,
            eos_token_id=ends or None,
            pad_token_id=padding,
            bos_token_id=None,
        ),
        stopping_criteria=[clock],
    )
    return [begun, *clock.moments]


if __name__ == "__main__":
    report(measure)
