"""A language model from a folder of safetensors, never from pickle or with remote code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from inference.engine import attention

Dtype = Literal["auto", "bf16", "fp32"]


class LoadError(RuntimeError):
    """The folder holds no model that the engine can run; the message says what to do."""


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """A loaded network, its tokenizer, the longest text it can read, and the tokens that end an answer."""

    network: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast
    context_length: int
    stop_tokens: frozenset[int]


def choose_dtype(dtype: Dtype) -> torch.dtype:
    """The number format of the weights.

    `auto` is bf16 where the processor multiplies it (GPU, AVX512-BF16, AMX), else fp32, which is faster there
    although it takes twice the memory.
    """
    if dtype == "auto":
        # torch offers no public test of these two processor features.
        fast = (
            torch.cuda.is_available()
            or torch.cpu._is_avx512_bf16_supported()
            or torch.cpu._is_amx_tile_supported()
        )
        return torch.bfloat16 if fast else torch.float32
    return {"bf16": torch.bfloat16, "fp32": torch.float32}[dtype]


def load(path: Path, dtype: Dtype = "auto") -> LanguageModel:
    """Load the model in `path`; raises LoadError."""
    if not (path / "config.json").is_file() or not any(path.glob("*.safetensors")):
        raise LoadError(
            f"{path} is not a model folder: config.json and *.safetensors are needed. Install a model first."
        )
    try:
        config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True, trust_remote_code=False)
        network = AutoModelForCausalLM.from_pretrained(
            path,
            dtype=choose_dtype(dtype),
            attn_implementation=attention.NAME,
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise LoadError(f"The model in {path} cannot be loaded: {error}") from error
    if not tokenizer.is_fast:
        raise LoadError(f"The tokenizer in {path} is no fast one: tokenizer.json is needed.")
    # A tokenizer file may carry settings for training batches; prompts are never cut or padded.
    tokenizer.backend_tokenizer.no_truncation()
    tokenizer.backend_tokenizer.no_padding()
    network.to("cuda" if torch.cuda.is_available() else "cpu").eval().requires_grad_(False)
    return LanguageModel(
        network=network,
        tokenizer=tokenizer,
        context_length=config.get_text_config().max_position_embeddings,
        stop_tokens=_stop_tokens(network, tokenizer),
    )


def _stop_tokens(network: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> frozenset[int]:
    configured = network.generation_config.eos_token_id
    ends = configured if isinstance(configured, list) else [configured]
    return frozenset(end for end in (*ends, tokenizer.eos_token_id) if end is not None)
