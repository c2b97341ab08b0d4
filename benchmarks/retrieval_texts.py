"""Passages and questions for the benchmark of retrieval: real ones, put together anew, or made-up words."""

import csv
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

# XQuAD (CC BY-SA 4.0), CMRC 2018 (CC BY-SA 4.0), Banking77 (CC BY 4.0), CovidFAQ (Apache-2.0).
DATA = Path("../shared/data")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])")
_SENTENCES_A_PASSAGE = (2, 6)
_WORDS = 30_000


def passages(count: int, data: Path = DATA, seed: int = 1) -> Iterator[str]:
    """Yield `count` different passages of two to six sentences each, the same for the same seed."""
    draw = random.Random(seed)
    pool = _sentences(data) or _made_up(draw, 5_000)
    chinese = [sentence for sentence in pool if re.search("[\u4e00-\u9fff]", sentence)]
    other = [sentence for sentence in pool if not re.search("[\u4e00-\u9fff]", sentence)]
    for number in range(count):
        source = chinese if chinese and number % 4 == 0 else other
        yield " ".join(draw.choice(source) for _ in range(draw.randint(*_SENTENCES_A_PASSAGE)))


def questions(count: int, data: Path = DATA, seed: int = 2) -> list[str]:
    """Return `count` questions of people, or made-up ones where the data is missing."""
    draw = random.Random(seed)
    pool = _banking(data) + [question for _text, question in _squad(data) if question]
    pool = pool or [sentence[:80] for sentence in _made_up(draw, 500)]
    return [draw.choice(pool) for _ in range(count)]


def _sentences(data: Path) -> list[str]:
    texts = [text for text, _question in _squad(data) if text] + _banking(data)
    return [part for text in texts for part in _SENTENCE_ENDS.split(text) if len(part) > 8]


def _squad(data: Path) -> Iterator[tuple[str, str]]:
    for language in ("en", "zh"):
        path = data / "xquad" / f"xquad.{language}.even.json"
        if path.is_file():
            for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
                for paragraph in article["paragraphs"]:
                    yield paragraph["context"], ""
                    for question in paragraph["qas"]:
                        yield "", question["question"]


def _banking(data: Path) -> list[str]:
    path = data / "banking77" / "train.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return [row["text"].strip() for row in csv.DictReader(file)]


def _made_up(draw: random.Random, count: int) -> list[str]:
    """Return sentences of words whose frequencies fall as those of a language do (Zipf)."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(draw.choices(letters, k=draw.randint(2, 9))) for _ in range(_WORDS)]
    weights = [1 / rank for rank in range(1, _WORDS + 1)]
    return [" ".join(draw.choices(words, weights, k=draw.randint(8, 25))) + "." for _ in range(count)]
