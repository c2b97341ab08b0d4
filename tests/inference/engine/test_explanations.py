"""What the words of a text do to its score adds up to the score, and whoever is in a hurry goes first."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
import torch

from inference.engine.integrated_gradients import TOLERANCE, IntegratedGradients
from inference.engine.sentiment_classifier import Explanation, SentimentClassifier
from inference.engine.sentiment_network import load_network
from inference.engine.turns import Turns
from tests.inference.tiny_head import LAYERS, write_base, write_head

SENTENCE = "the lamp is awful, I return it! "


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    root = tmp_path_factory.mktemp("head")
    return write_base(root / "base"), write_head(root / "head")


@pytest.fixture(scope="module")
def classifier(folders: tuple[Path, Path]) -> SentimentClassifier:
    return SentimentClassifier(load_network(*folders, torch.float32))


def explained(classifier: SentimentClassifier, text: str) -> Explanation:
    *_parts, last = classifier.explain(text)
    assert last is not None
    return last


def score(explanation: Explanation) -> float:
    return explanation.probabilities[2] - explanation.probabilities[0]


@pytest.mark.parametrize(
    "text",
    ["good", SENTENCE, SENTENCE * 30, "这个灯很好，太差了", "😀😀", "x" * 10_000, "GOOD \n\t bad ﬁ ①"],
)
def test_the_pulls_and_the_baseline_add_up_to_the_score(classifier: SentimentClassifier, text: str) -> None:
    explanation = explained(classifier, text)
    total = explanation.baseline + sum(word.pull for word in explanation.words)

    assert total == pytest.approx(score(explanation), abs=0.02)
    (alone,) = classifier.encode(classifier.tokenize([text]))
    assert explanation.probabilities == pytest.approx(alone, abs=1e-5)
    assert explanation.words and max(abs(word.pull) for word in explanation.words) > 0.01


def test_words_stand_where_they_stand_in_the_text_and_stop_where_the_network_does(
    classifier: SentimentClassifier,
) -> None:
    short = explained(classifier, SENTENCE)
    assert [SENTENCE[word.start : word.end] for word in short.words] == [
        *("the", "lamp", "is", "awful", ",", "I", "return", "it", "!")
    ]
    long = explained(classifier, SENTENCE * 30)
    assert long.token_count == classifier.network.max_tokens
    assert long.words[-1].end < len(SENTENCE * 30)


@pytest.mark.parametrize("text", ["", "  \n "])
def test_of_nothing_the_baseline_is_all_there_is(classifier: SentimentClassifier, text: str) -> None:
    explanation = explained(classifier, text)
    assert explanation.words == ()
    assert explanation.baseline == pytest.approx(score(explanation), abs=1e-5)


def test_in_bfloat16_an_explanation_is_computed_in_float32(folders: tuple[Path, Path]) -> None:
    asked: list[int] = []

    def exact() -> object:
        asked.append(1)
        return load_network(*folders, torch.float32)

    coarse = SentimentClassifier(load_network(*folders, torch.bfloat16), exact=exact)  # type: ignore[arg-type]
    for _ in range(2):
        explanation = explained(coarse, SENTENCE)
        total = explanation.baseline + sum(word.pull for word in explanation.words)
        assert total == pytest.approx(score(explanation), abs=TOLERANCE)
    assert asked == [1]


def test_where_the_score_jumps_the_way_is_walked_in_smaller_steps() -> None:
    def steep(vectors: torch.Tensor) -> torch.Tensor:
        return torch.sigmoid(200 * (vectors.sum(dim=(1, 2)) - 0.7))

    way = IntegratedGradients(steep, torch.zeros(2, 1), torch.tensor([[0.75], [0.25]]), rows=4)
    passes = 0
    for look in way.passes():
        look()
        passes += 1
    found = way.attribution

    assert passes > 3
    assert found.baseline + found.pulls.sum() == pytest.approx(found.score, abs=TOLERANCE)
    assert found.pulls == pytest.approx(np.array([0.75, 0.25]), abs=TOLERANCE)


class Journal(Turns):
    """Writes down what the classifier asks for."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    @contextmanager
    def spare(self) -> Iterator[None]:
        self.said.append("begin")
        with super().spare():
            yield
        self.said.append("end")

    @contextmanager
    def piece(self) -> Iterator[None]:
        raise AssertionError("what can wait takes no piece")
        yield

    def give_way(self) -> None:
        self.said.append("pause")


def test_a_batch_takes_spare_time_and_pauses_after_every_layer(folders: tuple[Path, Path]) -> None:
    turns = Journal()
    classifier = SentimentClassifier(load_network(*folders, torch.float32), turns)
    tokens = classifier.tokenize(["good", "bad"])
    turns.said.clear()
    classifier.encode(tokens)

    assert turns.said == ["begin", *["pause"] * LAYERS, "end"]


def test_an_explanation_pauses_on_the_way_back_too(folders: tuple[Path, Path]) -> None:
    turns = Journal()
    classifier = SentimentClassifier(load_network(*folders, torch.float32), turns)
    parts = classifier.explain("good")
    next(parts)
    turns.said.clear()
    next(parts)

    assert turns.said == ["begin", *["pause"] * 2 * LAYERS, "end"]
