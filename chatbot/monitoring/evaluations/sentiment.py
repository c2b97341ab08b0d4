"""`manage.py evaluate sentiment`: whether messages are judged as people judged them, and how fast."""

import asyncio
import time
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError

from benchmarks.installation import NotReady
from benchmarks.model_server import running_model_server
from chatbot.monitoring.obstacles import Obstacle
from chatbot.monitoring.preparation import prepare_models
from inference.classifying import Classifiers, ClassifierUnavailable, Verdict
from inference.engine.sentiment_facts import LABELS, UNSURE
from inference.models import LanguageModelVersion, ModelKind
from inference.training.json_lines import BadLines, json_objects, text_in
from inference.training.sentiment.metrics import figures_of

HELP = "accuracy, macro-F1, calibration and speed of the sentiment head"
# What no visitor would wait for, but a full batch of long texts beside answers may take.
_TIMEOUT_SECONDS = 60.0
_PATIENCE_SECONDS = 120.0
_TEXTS_TOLD = 640
# The first texts also pay for what is loaded once.
_WARMING = 8


@dataclass(frozen=True, slots=True)
class Labelled:
    """A message and the label that people gave it."""

    text: str
    label: str


def add_arguments(parser: ArgumentParser) -> None:
    """Declare the options of `evaluate sentiment`."""
    parser.add_argument("--dataset", type=Path, required=True, help="JSON lines: text, label")
    parser.add_argument("--head", help="a version, like sentiment@2; default: the active one")


def run(options: dict[str, Any], write: Callable[[str], None]) -> dict[str, Any]:
    """Judge every text of the dataset and return the figures; raises CommandError."""
    try:
        dataset = read_dataset(options["dataset"])
        prepare_models(write)
        head = options["head"]
        if head:
            head = _version(head)
        with running_model_server(settings.INFERENCE_URLS[0]):
            write(f"Judging {len(dataset)} texts")
            verdicts, seconds = asyncio.run(judge([each.text for each in dataset], head, write))
    except BadLines as error:
        raise CommandError(str(error)) from error
    except (NotReady, ClassifierUnavailable, Obstacle) as error:
        raise CommandError(str(error)) from error
    return {
        "head": verdicts[0].head,
        **figures_from(verdicts, [each.label for each in dataset]),
        "texts_per_second": round(len(dataset) / seconds, 1),
    }


def figures_from(verdicts: Sequence[Verdict], labels: Sequence[str]) -> dict[str, Any]:
    """The figures of `figures_of`; "unsure" is the share that the head itself labelled so."""
    figures = figures_of([(each.negative, each.neutral, each.positive) for each in verdicts], labels)
    return {**figures, "unsure": round(sum(each.label == UNSURE for each in verdicts) / len(verdicts), 4)}


def read_dataset(file: Path) -> list[Labelled]:
    """Read labelled messages: text, label. Raises BadLines, also for a label that nobody knows."""
    return [
        Labelled(text_in(value, "text", place), _label_of(value, place))
        for place, value in json_objects(file, needed=True)
    ]


def _label_of(value: dict[str, Any], place: str) -> str:
    label = text_in(value, "label", place)
    if label not in LABELS:
        raise BadLines(f"{place}: the label “{label}” is none of {', '.join(LABELS)}.")
    return label


def _version(name: str) -> str:
    version = LanguageModelVersion.objects.named(name)
    if version is None or version.kind != ModelKind.SENTIMENT:
        raise CommandError(f"No sentiment head is called {name}; the admin lists those that are installed.")
    return version.display_name


async def judge(
    texts: Sequence[str], head: str | None, write: Callable[[str], None]
) -> tuple[list[Verdict], float]:
    """The verdicts of all texts, in their order, and the seconds that took, without what is loaded once.

    Texts of similar length are sent together. Raises ClassifierUnavailable.
    """
    classifiers = Classifiers(
        settings.INFERENCE_URLS,
        api_key=settings.INFERENCE_API_KEY,
        timeout_seconds=_TIMEOUT_SECONDS,
        patience_seconds=_PATIENCE_SECONDS,
    )
    order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
    found: dict[int, Verdict] = {}
    try:
        await classifiers.classify([texts[index] for index in order[:_WARMING]], head)
        began = time.perf_counter()
        for start in range(0, len(order), _TEXTS_TOLD):
            some = order[start : start + _TEXTS_TOLD]
            verdicts = await classifiers.classify([texts[index] for index in some], head)
            found.update(zip(some, verdicts, strict=True))
            write(f"  {len(found)} of {len(texts)}")
        seconds = time.perf_counter() - began
    finally:
        await classifiers.aclose()
    return [found[index] for index in range(len(texts))], seconds
