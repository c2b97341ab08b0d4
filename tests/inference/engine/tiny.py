"""Tiny models with random weights and real tokenizers: every architecture in milliseconds."""

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    AutoModelForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    MistralConfig,
    PhiConfig,
    PreTrainedConfig,
    PreTrainedTokenizerFast,
    Qwen3Config,
)

CHAT_TEMPLATE = (
    "{% for message in messages %}"
    "{% if message['role'] == 'tool' %}{{ raise_exception('no tools here') }}{% endif %}"
    "<|im_start|>{{ message['role'] }}\n{{ message['content'] }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)

TEXTS = [
    "The lamp arrives within three days. You may return the lamp within thirty days.",
    "您好，请问有什么可以帮您？台灯三天内送达。",
    "Great 🎉 thank you 😀👍🏽",
]

WINDOW = 8
_SIZES = {
    "hidden_size": 64,
    "intermediate_size": 96,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "initializer_range": 0.4,
}

ARCHITECTURES: dict[str, tuple[type[PreTrainedConfig], dict[str, object]]] = {
    "llama": (LlamaConfig, _SIZES),
    "qwen3": (Qwen3Config, {**_SIZES, "head_dim": 32}),
    "gemma3": (
        Gemma3TextConfig,
        {
            **_SIZES,
            "head_dim": 16,
            "query_pre_attn_scalar": 16,
            "sliding_window": WINDOW,
            "layer_types": ["sliding_attention", "full_attention", "sliding_attention"],
        },
    ),
    "mistral": (MistralConfig, {**_SIZES, "sliding_window": WINDOW}),
    "phi": (PhiConfig, {**_SIZES, "num_key_value_heads": 4}),
    "gpt2": (GPT2Config, {"n_embd": 64, "n_layer": 3, "n_head": 4, "initializer_range": 0.2}),
}


def byte_level_tokenizer() -> PreTrainedTokenizerFast:
    """A byte-level BPE as in GPT-2, with the markers of a chat."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|im_start|>", "<|im_end|>"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXTS, trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, eos_token="<|im_end|>", chat_template=CHAT_TEMPLATE
    )


def sentencepiece_tokenizer() -> Tokenizer:
    """A BPE as SentencePiece writes it: a mark for spaces, and bytes for what is not in the vocabulary."""
    pieces = [f"<0x{byte:02X}>" for byte in range(256)] + ["▁", "▁Hello", "▁world", "Hello", "world", "!"]
    tokenizer = Tokenizer(
        models.BPE(vocab={piece: index for index, piece in enumerate(pieces)}, merges=[], byte_fallback=True)
    )
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    return tokenizer


def write_model(
    folder: Path, architecture: str = "llama", *, context_length: int = 512, seed: int = 7
) -> Path:
    """Save a model with random weights as the hub would: safetensors, config and tokenizer."""
    tokenizer = byte_level_tokenizer()
    config_class, sizes = ARCHITECTURES[architecture]
    config = config_class(
        **sizes,
        vocab_size=len(tokenizer),
        max_position_embeddings=context_length,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.eos_token_id,
    )
    torch.manual_seed(seed)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
