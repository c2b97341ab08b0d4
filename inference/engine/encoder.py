"""Sentence vectors from an encoder's folder."""

import json
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any, Literal

import torch
from torch import nn
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel

from inference.engine.encoder_batches import Embeddings, EncoderBatches, EncodingJob
from inference.engine.loader import multiplies_bfloat16
from inference.engine.mapped_embedding import in_dtype, stored_dtype
from inference.engine.turns import Turns

# The tokenizer cannot pause, so it gets few texts at a time.
TEXTS_AT_A_TIME = 8
# While transformers loads weights, new tensors of all threads get their number format unless they name one.
# Two that load at once could leave it at that.
LOADING = Lock()
HAVE_A_POOLER = frozenset({"bert", "camembert", "roberta", "xlm-roberta"})

Purpose = Literal["query", "passage"]


class Encoder:
    """An encoder that installation has put into a folder, with its facts in `encoder.json`.

    For one thread at a time, which shares the cores with an engine by `turns`.
    """

    def __init__(self, path: Path, turns: Turns | None = None) -> None:
        facts = json.loads((path / "encoder.json").read_text(encoding="utf-8"))
        self.name: str = facts["name"]
        self.max_tokens: int = facts["max_tokens"]
        self._prefixes: dict[Purpose, str] = {
            "query": facts["query_prefix"],
            "passage": facts["passage_prefix"],
        }
        self._pools_first_token = facts["pooling"] == "cls"
        self._turns = turns or Turns()
        self._tokenizer = tokenizer_of(path)
        self._model = _load_network(path)
        self.dimension: int = self._model.config.hidden_size
        for layer in layers_of(self._model):
            layer.register_forward_hook(self._give_way)

    def embed(self, texts: Sequence[str], purpose: Purpose = "query") -> Embeddings:
        """Encode texts as questions or as the passages that answer them.

        A text beyond `max_tokens` counts by its beginning.
        """
        job = EncodingJob(self.tokenize(texts, purpose))
        batches = EncoderBatches()
        batches.add(job)
        while batch := batches.take():
            vectors = self.encode([job.tokens[index] for _job, index in batch])
            for (_job, index), vector in zip(batch, vectors, strict=True):
                job.answer(index, vector)
        return job.result.result()

    def tokenize(self, texts: Sequence[str], purpose: Purpose) -> list[list[int]]:
        """The tokens of each text, at most `max_tokens`, as `encode` takes them."""
        prefix = self._prefixes[purpose]
        tokens: list[list[int]] = []
        with self._turns.piece():
            for start in range(0, len(texts), TEXTS_AT_A_TIME):
                some = [prefix + text for text in texts[start : start + TEXTS_AT_A_TIME]]
                tokens += self._tokenizer(some, truncation=True, max_length=self.max_tokens)["input_ids"]
                self._turns.give_way()
        return tokens

    @torch.inference_mode()
    def encode(self, batch: Sequence[list[int]]) -> list[list[float]]:
        """One vector for each list of tokens, by one pass of the network over all of them, padded."""
        padded = self._tokenizer.pad({"input_ids": list(batch)}, return_tensors="pt")
        mask = padded["attention_mask"]
        with self._turns.piece():
            hidden = self._model(input_ids=padded["input_ids"], attention_mask=mask).last_hidden_state
        hidden = hidden.float()
        if self._pools_first_token:
            pooled = hidden[:, 0]
        else:
            weights = mask.unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * weights).sum(dim=1) / weights.sum(dim=1)
        normalised: list[list[float]] = nn.functional.normalize(pooled, dim=1).tolist()
        return normalised

    def _give_way(self, *_hook: Any) -> None:
        self._turns.give_way()


@lru_cache(maxsize=4)
def tokenizer_of(path: Path) -> Any:
    """The tokenizer of an encoder's folder, one for all who read with it, in turns.

    To build one of a quarter of a million pieces takes two seconds, in which no other thread gets on.
    """
    return AutoTokenizer.from_pretrained(path, local_files_only=True)


def layers_of(network: nn.Module) -> Sequence[nn.Module]:
    """The network's repeated layers; none where it has no list of modules."""
    lists = [module for module in network.modules() if isinstance(module, nn.ModuleList)]
    return list(max(lists, key=len, default=()))


def _load_network(path: Path) -> PreTrainedModel:
    # To read the weights takes most of the time of a short text, and vectors differ by 0.00003 of a cosine.
    dtype = torch.bfloat16 if multiplies_bfloat16() else torch.float32
    return in_dtype(stored_network(path), dtype)


def stored_network(path: Path) -> PreTrainedModel:
    """The encoder's network as it is stored, frozen, without the head that some families lay on top.

    No vector passes that head. Raises what transformers raises for a folder that is no encoder's.
    """
    config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    headless = {"add_pooling_layer": False} if config.model_type in HAVE_A_POOLER else {}
    with LOADING:
        network: PreTrainedModel = AutoModel.from_pretrained(
            path,
            config=config,
            dtype=stored_dtype(path),
            use_safetensors=True,
            local_files_only=True,
            trust_remote_code=False,
            **headless,
        )
    return network.eval().requires_grad_(False)
