"""An encoder with a sentiment head merged into it: text in, probabilities out."""

from __future__ import annotations

import copy
import json
import logging
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import torch
from torch import nn
from transformers import PreTrainedModel, PreTrainedTokenizerFast

from inference.engine.encoder import layers_of, stored_network, tokenizer_of
from inference.engine.kept_layers import keep_layers
from inference.engine.loader import multiplies_bfloat16
from inference.engine.mapped_embedding import in_dtype
from inference.engine.sentiment_facts import LABELS, UNSURE, HeadError, HeadFacts
from inference.engine.sentiment_head import Head, read_head

logger = logging.getLogger(__name__)

# More rows do not make a product quicker on a processor's few cores.
TOKENS_PER_BATCH = 1024


class SentimentNetwork:
    """A classifier of texts, for one thread at a time.

    A text beyond `max_tokens` counts by its beginning.
    """

    def __init__(
        self,
        facts: HeadFacts,
        encoder: PreTrainedModel,
        tokenizer: PreTrainedTokenizerFast,
        classifier: nn.Linear,
    ) -> None:
        self.facts = facts
        self.labels: tuple[str, ...] = facts.labels
        self.languages: tuple[str, ...] = facts.languages
        self.max_tokens: int = facts.max_tokens
        self.unsure_below: float = facts.unsure_below
        self.encoder = encoder
        self.classifier = classifier
        self._tokenizer = tokenizer

    @property
    def layers(self) -> Sequence[nn.Module]:
        """The encoder's repeated layers, in their order."""
        return layers_of(self.encoder)

    @property
    def neutral_token(self) -> int:
        """The token that says the least: what an explanation compares a text's tokens with."""
        mask: int | None = self._tokenizer.mask_token_id
        return self._tokenizer.pad_token_id if mask is None else mask

    def tokenize(self, texts: Sequence[str]) -> list[list[int]]:
        """The tokens of each text, at most `max_tokens`. An empty text has only those of both ends."""
        if not texts:
            return []
        found: list[list[int]] = self._tokenizer(list(texts), truncation=True, max_length=self.max_tokens)[
            "input_ids"
        ]
        return found

    def spans(self, text: str) -> list[tuple[int, int]]:
        """The characters [start, end) of each token of `tokenize([text])[0]`; (0, 0) for the two ends."""
        read = self._tokenizer(text, truncation=True, max_length=self.max_tokens, return_offsets_mapping=True)
        return [(start, end) for start, end in read["offset_mapping"]]

    @torch.inference_mode()
    def probabilities(self, batch: Sequence[list[int]]) -> list[list[float]]:
        """The probabilities, in the order of `labels`, of each list of tokens, by one padded pass."""
        tokens, mask = self.pad(batch)
        logits = self.logits(self.vectors(tokens), mask)
        found: list[list[float]] = torch.softmax(logits / self.facts.temperature, dim=1).tolist()
        return found

    def classify(self, texts: Sequence[str]) -> list[list[float]]:
        """The probabilities of each text, in the order of the texts; similar lengths pass together."""
        tokens = self.tokenize(texts)
        found: list[list[float]] = [[] for _text in texts]
        for some in batches_by_length([len(one) for one in tokens]):
            for index, row in zip(some, self.probabilities([tokens[index] for index in some]), strict=True):
                found[index] = row
        return found

    def embed(self, tokens: Sequence[int]) -> torch.Tensor:
        """The vectors [tokens, width] as which the tokens of one text enter the encoder."""
        return self.vectors(torch.tensor([list(tokens)]))[0]

    def probabilities_of(self, vectors: torch.Tensor) -> torch.Tensor:
        """Probabilities [rows, 3] of vectors [rows, tokens, width], through which gradients flow."""
        everything = torch.ones(vectors.shape[:2], dtype=torch.long)
        return torch.softmax(self.logits(vectors, everything) / self.facts.temperature, dim=1)

    def logits(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Logits [rows, 3], not yet divided by the temperature.

        They are of `vectors` [rows, length, width] where `mask` [rows, length] is 1.
        """
        logits: torch.Tensor = self.classifier(self.meaning(vectors, mask))
        return logits

    def meaning(self, vectors: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """The mean [rows, width] of the last layer, which the classifier judges; for what `logits` takes."""
        hidden = self.encoder(inputs_embeds=vectors, attention_mask=mask).last_hidden_state.float()
        weights = mask.unsqueeze(-1).to(hidden.dtype)
        return (hidden * weights).sum(dim=1) / weights.sum(dim=1)

    def label_of(self, probabilities: Sequence[float]) -> str:
        """The most probable label, or “unsure” where none is probable enough."""
        highest = max(probabilities)
        if highest < self.unsure_below:
            return UNSURE
        return self.labels[list(probabilities).index(highest)]

    def pad(self, batch: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Tokens and mask, both [rows, longest], of lists of different lengths."""
        padded = self._tokenizer.pad({"input_ids": list(batch)}, return_tensors="pt")
        return padded["input_ids"], padded["attention_mask"]

    def vectors(self, tokens: torch.Tensor) -> torch.Tensor:
        """The vectors [rows, length, width] as which tokens [rows, length] enter the encoder."""
        vectors: torch.Tensor = self.encoder.get_input_embeddings()(tokens)
        return vectors


def batches_by_length(lengths: Sequence[int], tokens_per_batch: int = TOKENS_PER_BATCH) -> list[list[int]]:
    """Indices in batches of similar length, of at most so many tokens padded; a longer text is alone."""
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda each: lengths[each]):
        # In order of length the newest is the longest of its batch.
        if not batches or lengths[index] * (len(batches[-1]) + 1) > tokens_per_batch:
            batches.append([])
        batches[-1].append(index)
    return batches


def load_network(base_folder: Path, head_folder: Path, dtype: torch.dtype | None = None) -> SentimentNetwork:
    """The encoder in `base_folder` with the head merged in, ready to serve; raises HeadError.

    A head fits the encoder of the name it was trained on. Other weights under that name, as the same encoder
    from another source may have, are only warned of: they differ by rounding.
    The number format is bfloat16 where the processor multiplies it, else float32, unless one is given.
    """
    return assemble(base_folder, read_head(head_folder), dtype)


def assemble(base_folder: Path, head: Head, dtype: torch.dtype | None = None) -> SentimentNetwork:
    """As `load_network`, with a head in memory."""
    check_base(base_folder, head.facts)
    stored, tokenizer = kept_base(base_folder)
    words = stored.get_input_embeddings().weight
    encoder = copy.deepcopy(stored, {id(words): words})
    keep(encoder, head.facts)
    merge(encoder, head)
    dtype = dtype or (torch.bfloat16 if multiplies_bfloat16() else torch.float32)
    classifier = nn.Linear(head.classifier.shape[1], head.classifier.shape[0], dtype=torch.float32)
    classifier.load_state_dict({"weight": head.classifier, "bias": head.bias})
    classifier.requires_grad_(False)
    return SentimentNetwork(head.facts, in_dtype(encoder, dtype).eval(), tokenizer, classifier)


def check_base(base_folder: Path, facts: HeadFacts) -> None:
    """Raise HeadError where the head belongs to an encoder of another name than the one in this folder."""
    try:
        installed = json.loads((base_folder / "installation.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise HeadError(f"There is no installed encoder in {base_folder}: {facts.base} is needed.") from error
    if installed.get("name") != facts.base:
        raise HeadError(f"The head belongs to the encoder {facts.base}, not to {installed.get('name')}.")
    if installed.get("sha256") != facts.base_sha256:
        logger.warning("The weights of %s are not those that the head was trained on.", facts.base)


@lru_cache(maxsize=1)
def kept_base(base_folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """As `load_base`, for those who change nothing in it: it stays in its file.

    So a head that is loaded beside an engine does not hold it up, nor change the default number format.
    """
    return load_base(base_folder)


def load_base(base_folder: Path) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """The encoder as it is stored, frozen, and its tokenizer. Raises HeadError."""
    try:
        return stored_network(base_folder), tokenizer_of(base_folder)
    except (OSError, ValueError, KeyError, ImportError) as error:
        raise HeadError(f"The encoder in {base_folder} cannot be loaded: {error}") from error


def keep(encoder: PreTrainedModel, facts: HeadFacts) -> None:
    """Leave in the encoder the layers that the head keeps. Raises HeadError where there are no such."""
    if facts.layers:
        try:
            keep_layers(encoder, facts.layers)
        except ValueError as error:
            raise HeadError(f"The head belongs to another encoder than this. {error}") from error


def merge(encoder: PreTrainedModel, head: Head) -> None:
    """Add the head's updates to the encoder's weights. Raises HeadError where they do not fit."""
    products = products_of(encoder)
    for name, (up, down) in head.updates.items():
        product = products.get(name)
        if product is None or product.weight.shape != (up.shape[0], down.shape[1]):
            raise HeadError(f"The head belongs to another encoder than this: {name} does not fit.")
        weight = product.weight.detach().float() + up @ down
        product.weight = nn.Parameter(weight.to(product.weight.dtype), requires_grad=False)
    if head.classifier.shape != (len(LABELS), encoder.config.hidden_size):
        raise HeadError("The head belongs to another encoder than this: the classifier does not fit.")


def products_of(encoder: PreTrainedModel) -> dict[str, nn.Linear]:
    """The matrix products within the encoder's layers by name, in their order."""
    inside = {id(module) for layer in layers_of(encoder) for module in layer.modules()}
    return {
        name: module
        for name, module in encoder.named_modules()
        if isinstance(module, nn.Linear) and id(module) in inside
    }
