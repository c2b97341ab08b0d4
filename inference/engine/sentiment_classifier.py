"""A sentiment head at work beside the engine: it classifies and explains in spare time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from inference.engine.encoder import TEXTS_AT_A_TIME, Purpose
from inference.engine.integrated_gradients import IntegratedGradients
from inference.engine.loader import LoadError
from inference.engine.sentiment_facts import LABELS, HeadError
from inference.engine.sentiment_network import SentimentNetwork, load_network
from inference.engine.turns import Turns
from inference.engine.words import words_of

NEGATIVE, POSITIVE = LABELS.index("negative"), LABELS.index("positive")
# Of a text that is far too long the tokenizer, which cannot pause, need not see the end.
_CHARACTERS_PER_TOKEN = 40
# Rows times tokens of one pass of an explanation.
_TOKENS_PER_PASS = 512


@dataclass(frozen=True, slots=True)
class WordPull:
    """Characters `start` to `end` of a text, and by how much they moved its score."""

    start: int
    end: int
    pull: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the words of a text do to its score, positive - negative: from `baseline` they lead to it.

    `words` are those that the network read, in order. `probabilities` may differ from what `encode` gives in
    the third digit, because an explanation is computed in float32: slopes in bfloat16 do not add up.
    """

    probabilities: list[float]
    token_count: int
    words: tuple[WordPull, ...]
    baseline: float


class SentimentClassifier:
    """The network of one head, whose every computation takes `turns` with an engine's, in spare time."""

    def __init__(
        self,
        network: SentimentNetwork,
        turns: Turns | None = None,
        *,
        exact: Callable[[], SentimentNetwork] | None = None,
    ) -> None:
        """`exact` gives the network in float32 where `network` is not; it is asked once, when needed."""
        self.network = network
        self._turns = turns or Turns()
        self._load_exact = exact
        self._exact: SentimentNetwork | None = None
        self._most_characters = _CHARACTERS_PER_TOKEN * network.max_tokens
        self._let_give_way(network)

    @classmethod
    def load(cls, base_folder: Path, head_folder: Path, turns: Turns) -> SentimentClassifier:
        """Read both from their folders; raises LoadError with a sentence."""
        try:
            network = load_network(base_folder, head_folder)
        except HeadError as error:
            raise LoadError(str(error)) from error
        return cls(network, turns, exact=lambda: load_network(base_folder, head_folder, torch.float32))

    def tokenize(self, texts: Sequence[str], purpose: Purpose = "query") -> list[list[int]]:
        """The tokens of each text, as `encode` takes them; one that is too long counts by its beginning."""
        tokens: list[list[int]] = []
        with self._turns.spare():
            for start in range(0, len(texts), TEXTS_AT_A_TIME):
                some = [text[: self._most_characters] for text in texts[start : start + TEXTS_AT_A_TIME]]
                tokens += self.network.tokenize(some)
                self._turns.give_way()
        return tokens

    def encode(self, batch: Sequence[list[int]]) -> list[list[float]]:
        """The probabilities of each list of tokens, by one pass over all of them."""
        with self._turns.spare():
            return self.network.probabilities(batch)

    def explain(self, text: str) -> Iterator[Explanation | None]:
        """Yield None after each part of the work, which may be left there, and the explanation at the end.

        The way begins where every word is the neutral token. For one thread, which need not be the one that
        encodes.
        """
        network = self._exact_network()
        text = text[: self._most_characters]
        with self._turns.spare():
            (tokens,), spans = network.tokenize([text]), network.spans(text)
            words = words_of(text, spans)
            (probabilities,) = network.probabilities([tokens])
            here, nowhere = network.embed(tokens), network.embed(_silenced(network, tokens, words))

        def score(vectors: torch.Tensor) -> torch.Tensor:
            # The other kernels are many times slower on the way back.
            with sdpa_kernel(SDPBackend.MATH):
                rows = network.probabilities_of(vectors)
            return rows[:, POSITIVE] - rows[:, NEGATIVE]

        way = IntegratedGradients(score, nowhere, here, rows=_TOKENS_PER_PASS // len(tokens))
        for look in way.passes():
            yield None
            with self._turns.spare():
                look()
        found = way.attribution
        pulls = (WordPull(start, end, float(found.pulls[indexes].sum())) for start, end, indexes in words)
        yield Explanation(probabilities, len(tokens), tuple(pulls), found.baseline)

    def _exact_network(self) -> SentimentNetwork:
        if self._exact is None:
            if self._load_exact is None or next(self.network.encoder.parameters()).dtype is torch.float32:
                self._exact = self.network
            else:
                self._exact = self._load_exact()
                self._let_give_way(self._exact)
        return self._exact

    def _let_give_way(self, network: SentimentNetwork) -> None:
        for layer in network.layers:
            layer.register_forward_hook(self._give_way)

    def _give_way(self, *hook: Any) -> None:
        """After a layer, on the way through the network and, for an explanation, on the way back."""
        self._turns.give_way()
        output = hook[-1][0] if isinstance(hook[-1], tuple) else hook[-1]
        if output.requires_grad:
            output.register_hook(lambda _slopes: self._turns.give_way())


def _silenced(
    network: SentimentNetwork, tokens: Sequence[int], words: Sequence[tuple[int, int, list[int]]]
) -> list[int]:
    """The same tokens with the neutral one in the place of each of a word."""
    silenced = list(tokens)
    for index in (index for _start, _end, indexes in words for index in indexes):
        silenced[index] = network.neutral_token
    return silenced
