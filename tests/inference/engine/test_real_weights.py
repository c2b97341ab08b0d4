"""The default model, from its real weights."""

from pathlib import Path

import torch
from transformers import AutoModelForCausalLM

from inference.engine.engine import Engine, EngineConfig
from inference.engine.loader import load
from inference.server.prompts import chat_prompt
from inference.server.schemas import ChatFields
from tests.inference.engine.conftest import Asked, run

QUESTIONS = [
    "What is the capital of France?",
    "Name a colour.",
    "How many days has a week? Answer in one sentence.",
]


def test_several_questions_at_once_get_what_generate_gives_each(real_language_model: Path) -> None:
    model = load(real_language_model, "fp32")
    prompts = [
        chat_prompt(model, ChatFields.model_validate({"messages": [{"role": "user", "content": question}]}))
        for question in QUESTIONS
    ]
    engine = Engine(model, EngineConfig(max_batch=2, context_length=512, prefill_chunk=24))
    asked = [Asked(engine, prompt, max_tokens=12, temperature=0) for prompt in prompts]
    run(engine)

    reference = AutoModelForCausalLM.from_pretrained(real_language_model, dtype=torch.float32)
    for prompt, answer in zip(prompts, asked, strict=True):
        ids = torch.tensor([prompt])
        alone = reference.generate(
            ids, attention_mask=torch.ones_like(ids), max_new_tokens=12, do_sample=False
        )
        assert answer.request.output == alone[0, len(prompt) :].tolist()
    assert "Paris" in asked[0].text
