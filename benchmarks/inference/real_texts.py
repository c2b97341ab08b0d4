"""Real questions and passages, openly licensed, as the prompts of the measurements need them."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.chat import QUESTIONS, read_questions

# XQuAD (Artetxe et al. 2020, CC BY-SA 4.0): paragraphs of Wikipedia with questions, the English part.
PASSAGES = Path("../shared/data/xquad/xquad.en.even.json")

ENGLISH_BYTES = 50_000


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph and the questions that people asked about it."""

    text: str
    questions: tuple[str, ...]


def read_passages(path: Path = PASSAGES) -> list[Passage]:
    """Every paragraph of a file in SQuAD's format, in its order; raises OSError."""
    articles = json.loads(path.read_text(encoding="utf-8"))["data"]
    return [
        Passage(paragraph["context"], tuple(question["question"] for question in paragraph["qas"]))
        for article in articles
        for paragraph in article["paragraphs"]
    ]


def short_questions(count: int, path: Path = QUESTIONS) -> list[str]:
    """Questions of bank customers, spread over the file; raises OSError."""
    return read_questions(path, count)


def english_text(passages: list[Passage]) -> str:
    """The first 50 kB of the passages as one running text."""
    whole = "\n\n".join(passage.text for passage in passages)
    return whole.encode()[:ENGLISH_BYTES].decode(errors="ignore")


def quoting(passages: list[Passage], count: int) -> list[str]:
    """Questions that are to be answered with the words of a passage, over the longest passages."""
    longest = sorted(passages, key=lambda passage: len(passage.text), reverse=True)[:count]
    return [
        f"{passage.text}\n\nQuote the sentences of this passage that answer the question: "
        f"{passage.questions[0]}"
        for passage in longest
    ]


def retrieved(passages: list[Passage], count: int, words: int, seed: int) -> Iterator[str]:
    """Questions behind passages of about `words` words, of which one holds the answer, as retrieval gives."""
    chosen = random.Random(seed)
    for _ in range(count):
        own = chosen.choice(passages)
        context, length = [own.text], len(own.text.split())
        while length < words:
            context.insert(0, chosen.choice(passages).text)
            length += len(context[0].split())
        yield f"{' '.join(context)}\n\nAnswer from this text: {chosen.choice(own.questions)}"
