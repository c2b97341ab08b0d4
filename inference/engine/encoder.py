"""Sentence vectors from an encoder's folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from transformers import AutoConfig, AutoModel, AutoTokenizer, PreTrainedModel

BATCH = 32
HAVE_A_POOLER = frozenset({"bert", "camembert", "roberta", "xlm-roberta"})

Purpose = Literal["query", "passage"]


@dataclass(frozen=True, slots=True)
class Embeddings:
    """One L2-normalised vector per text, in the order of the texts, and the count of tokens read."""

    vectors: list[list[float]]
    token_count: int


class Encoder:
    """An encoder that installation has put into a folder, with its facts in `encoder.json`."""

    def __init__(self, path: Path) -> None:
        facts = json.loads((path / "encoder.json").read_text(encoding="utf-8"))
        self.name: str = facts["name"]
        self.max_tokens: int = facts["max_tokens"]
        self._prefixes: dict[Purpose, str] = {
            "query": facts["query_prefix"],
            "passage": facts["passage_prefix"],
        }
        self._pools_first_token = facts["pooling"] == "cls"
        self._tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
        self._model = _load_network(path)
        self.dimension: int = self._model.config.hidden_size

    def embed(self, texts: list[str], purpose: Purpose = "query") -> Embeddings:
        """Encode texts as questions or as the passages that answer them.

        A text beyond `max_tokens` counts by its beginning. Texts of like length share a batch, so that
        little is spent on padding.
        """
        prefix = self._prefixes[purpose]
        encoded: list[list[int]] = (
            self._tokenizer([prefix + text for text in texts], truncation=True, max_length=self.max_tokens)[
                "input_ids"
            ]
            if texts
            else []
        )
        order = sorted(range(len(encoded)), key=lambda index: len(encoded[index]))
        vectors: list[list[float]] = [[] for _text in texts]
        for start in range(0, len(order), BATCH):
            indexes = order[start : start + BATCH]
            for index, vector in zip(indexes, self._embed_batch([encoded[i] for i in indexes]), strict=True):
                vectors[index] = vector
        return Embeddings(vectors, sum(map(len, encoded)))

    @torch.inference_mode()
    def _embed_batch(self, batch: list[list[int]]) -> list[list[float]]:
        padded = self._tokenizer.pad({"input_ids": batch}, return_tensors="pt")
        mask = padded["attention_mask"]
        hidden = self._model(input_ids=padded["input_ids"], attention_mask=mask).last_hidden_state
        if self._pools_first_token:
            pooled = hidden[:, 0]
        else:
            weights = mask.unsqueeze(-1).to(hidden.dtype)
            pooled = (hidden * weights).sum(dim=1) / weights.sum(dim=1)
        normalised: list[list[float]] = torch.nn.functional.normalize(pooled, dim=1).tolist()
        return normalised


def _load_network(path: Path) -> PreTrainedModel:
    """The encoder's network, without the head that some families lay on top and that no vector passes."""
    config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=False)
    headless = {"add_pooling_layer": False} if config.model_type in HAVE_A_POOLER else {}
    network: PreTrainedModel = AutoModel.from_pretrained(
        path,
        config=config,
        dtype=torch.float32,
        use_safetensors=True,
        local_files_only=True,
        trust_remote_code=False,
        **headless,
    )
    return network.eval().requires_grad_(False)
