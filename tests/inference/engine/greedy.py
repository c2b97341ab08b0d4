"""What the engine and what transformers alone go on a prompt with."""

import torch
from transformers import PreTrainedModel

from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import LanguageModel
from inference.engine.request import SamplingParameters

PROMPT = [5, 60, 7, 200, 33, 90]
TOKENS = 12


def engine_says(model: LanguageModel) -> list[int]:
    engine = Engine(model, EngineConfig(max_batch=1, context_length=64))
    sampling = SamplingParameters(max_tokens=TOKENS, min_tokens=TOKENS, temperature=0)
    request = engine.submit(PROMPT, sampling, lambda _output: None)
    while engine.has_work:
        engine.step()
    return request.output


def network_says(network: PreTrainedModel) -> list[int]:
    asked = torch.tensor([PROMPT])
    said = network.generate(
        asked,
        attention_mask=torch.ones_like(asked),
        max_new_tokens=TOKENS,
        min_new_tokens=TOKENS,
        do_sample=False,
    )
    return said[0, len(PROMPT) :].tolist()
