"""The development data, read from the folder that holds it."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class NoData(Exception):
    """A file of the development data is missing or not as expected; the message names it."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Utterances with their intents."""

    texts: list[str]
    intents: list[str]


@dataclass(frozen=True, slots=True)
class Reading:
    """Passages, and questions with the place of the passage that each is about; `article` groups passages."""

    passages: list[str]
    articles: list[int]
    questions: list[str]
    places: list[int]


@dataclass(frozen=True, slots=True)
class Data:
    """All sets that parameters are chosen on. A paraphrase comes with its question."""

    faq: list[str]
    faq_answers: list[str]
    paraphrases: list[tuple[str, str]]
    banking: Labelled
    clinc: Labelled
    clinc_questions: Labelled
    out_of_scope: list[str]
    xquad_en: Reading
    xquad_zh: Reading
    cmrc: Reading


def read_data(folder: Path) -> Data:
    """Read the sets below `folder`. Raises NoData."""
    try:
        return _read(folder)
    except FileNotFoundError as error:
        raise NoData(f"{error.filename} is missing. Name the folder of the data with --data.") from error
    except (KeyError, ValueError, TypeError, IndexError) as error:
        raise NoData(f"The data below {folder} is not as expected: {error!r}.") from error


def _read(folder: Path) -> Data:
    faq: dict[str, str] = {}
    for row in _table(folder / "covid_faq" / "faq_covidbert.csv"):
        faq.setdefault(row["question"], row["answer"])
    judged = _table(folder / "covid_faq" / "eval_question_similarity_en.csv")
    banking = _table(folder / "banking77" / "train.csv")
    clinc = json.loads((folder / "clinc150" / "data_dev.json").read_text(encoding="utf-8"))
    return Data(
        faq=list(faq),
        faq_answers=list(faq.values()),
        paraphrases=[
            (row["question_2"], row["question_1"])
            for row in judged
            if row["similar"] == "1" and row["question_1"] in faq
        ],
        banking=Labelled([row["text"] for row in banking], [row["category"] for row in banking]),
        clinc=_labelled(clinc["train"]),
        clinc_questions=_labelled(clinc["val"]),
        out_of_scope=[text for text, _intent in clinc["oos_train"] + clinc["oos_val"]],
        xquad_en=_reading(folder / "xquad" / "xquad.en.even.json"),
        xquad_zh=_reading(folder / "xquad" / "xquad.zh.even.json"),
        cmrc=_reading(folder / "cmrc2018" / "cmrc2018_trial.json"),
    )


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _labelled(pairs: list[list[str]]) -> Labelled:
    return Labelled([text for text, _intent in pairs], [intent for _text, intent in pairs])


def _reading(path: Path) -> Reading:
    articles: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["data"]
    reading = Reading([], [], [], [])
    for number, article in enumerate(articles):
        for paragraph in article["paragraphs"]:
            for question in paragraph["qas"]:
                reading.questions.append(question["question"])
                reading.places.append(len(reading.passages))
            reading.passages.append(paragraph["context"])
            reading.articles.append(number)
    return reading
