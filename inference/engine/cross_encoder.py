"""How well a passage answers a question, read together by one network."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, PreTrainedModel

from inference.engine.encoder import LOADING, TEXTS_AT_A_TIME, Purpose, layers_of
from inference.engine.mapped_embedding import in_dtype, stored_dtype
from inference.engine.turns import Turns


class CrossEncoder:
    """A classifier with one output over question and passage, from an installed folder.

    For one thread at a time, which shares the cores with an engine by `turns`.
    """

    def __init__(self, path: Path, turns: Turns | None = None) -> None:
        facts = json.loads((path / "installation.json").read_text(encoding="utf-8"))
        self._turns = turns or Turns()
        self._tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
        with LOADING:
            network: PreTrainedModel = AutoModelForSequenceClassification.from_pretrained(
                path,
                dtype=stored_dtype(path),
                use_safetensors=True,
                local_files_only=True,
                trust_remote_code=False,
            )
        if network.config.num_labels != 1:
            raise ValueError(f"{path.name} is no reranker: it has {network.config.num_labels} outputs.")
        self.max_tokens: int = min(facts["context_length"], self._tokenizer.model_max_length, 512)
        self._marks_parts = "token_type_ids" in self._tokenizer.model_input_names
        self._model = in_dtype(network, torch.float32).eval().requires_grad_(False)
        for layer in layers_of(self._model):
            layer.register_forward_hook(self._give_way)

    def score(self, query: str, passages: Sequence[str]) -> list[float]:
        """From 0 to 1 for each passage; one beyond `max_tokens` counts by its beginning."""
        return [self.encode([tokens])[0][0] for tokens in self.tokenize([(query, p) for p in passages])]

    def tokenize(self, texts: Sequence[tuple[str, str]], purpose: Purpose = "query") -> list[list[int]]:
        """The tokens of each pair, the passage cut so that both fit, as `encode` takes them."""
        tokens: list[list[int]] = []
        with self._turns.piece():
            for start in range(0, len(texts), TEXTS_AT_A_TIME):
                some = texts[start : start + TEXTS_AT_A_TIME]
                tokens += self._tokenizer(
                    [self._shortened(query) for query, _passage in some],
                    [passage for _query, passage in some],
                    truncation="only_second",
                    max_length=self.max_tokens,
                )["input_ids"]
                self._turns.give_way()
        return tokens

    @torch.inference_mode()
    def encode(self, batch: Sequence[list[int]]) -> list[list[float]]:
        """One number from 0 to 1 for each list of tokens, by one pass of the network over all, padded."""
        padded = self._tokenizer.pad({"input_ids": list(batch)}, return_tensors="pt")
        ids, mask = padded["input_ids"], padded["attention_mask"]
        parts = {"token_type_ids": self._parts(ids, mask)} if self._marks_parts else {}
        with self._turns.piece():
            logits = self._model(input_ids=ids, attention_mask=mask, **parts).logits
        scores: list[list[float]] = torch.sigmoid(logits.float()).tolist()
        return scores

    def _shortened(self, query: str) -> str:
        """The beginning of a question that would leave its passage no room."""
        tokens = self._tokenizer(
            query,
            add_special_tokens=False,
            truncation=True,
            max_length=self.max_tokens // 2,
            return_offsets_mapping=True,
        )
        return query[: tokens["offset_mapping"][-1][1]] if tokens["input_ids"] else query

    def _parts(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """0 up to the first separator, 1 after it, as BERT marks the two texts of a pair."""
        ends = (ids == self._tokenizer.sep_token_id).long()
        after = ends.cumsum(dim=1) - ends
        return after.clamp(max=1) * mask

    def _give_way(self, *_hook: Any) -> None:
        self._turns.give_way()
