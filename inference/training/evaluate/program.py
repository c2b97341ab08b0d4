"""Measures one version and tells how it goes: rows of examples into a file, figures as the result."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inference.engine.encoder import Encoder
from inference.engine.loader import Precision
from inference.engine.sentiment_facts import HeadError
from inference.engine.sentiment_network import load_network
from inference.training.evaluate import labels, likeness, perplexity, prompts, refusals, retrieval, speed
from inference.training.evaluate.answering import CannotAnswer, Writer
from inference.training.evaluate.conditions import conditions
from inference.training.evaluate.resampling import Estimate, estimate
from inference.training.evaluate.rows import Row, write_rows
from inference.training.evaluate.scores import matrix_of, names_of
from inference.training.language.dialogues import Dialogue, read_dialogues
from inference.training.language.examples import Example
from inference.training.output import Tell
from inference.training.refusal import BadSetting, no_room

# These take the engine, in this order: memory is measured while nothing else was loaded.
_OF_THE_ENGINE = ("speed", "likeness", "refusals")


@dataclass(frozen=True, slots=True)
class Asked:
    """What to measure. `data` is a folder with test.jsonl; a head needs `base`, the folder of its encoder.

    An encoder needs files of `passages` and of what is `asked` about them.
    """

    model: Path
    measures: tuple[str, ...]
    data: Path | None = None
    base: Path | None = None
    prompts: Path = prompts.OWN_PROMPTS
    passages: Path | None = None
    asked: Path | None = None
    most: int = 100
    threads: int = 0
    precision: Precision = "auto"
    kernel_cache: Path | None = None


@dataclass(slots=True)
class _Work:
    """What has been found so far, and how far that is."""

    tell: Tell
    of: int = 0
    rows: list[Row] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def take(self, measure: str, found: Iterable[Row]) -> None:
        """Keep rows as they come, and tell."""
        for row in found:
            self.rows.append(row)
            step = len(self.rows)
            left = (time.monotonic() - self.began) / step * max(0, self.of - step)
            self.tell({"step": min(step, self.of), "of": self.of, "measure": measure, "seconds_left": left})


def evaluate(asked: Asked, rows_file: Path, tell: Tell) -> dict[str, Any]:
    """Measure, write the rows to `rows_file`, which is there at the end or not at all, and return the result.

    That is {"figures", "conditions", "seconds"}; a figure is {"value", "low", "high", "n", "on"}. Raises
    Refusal.
    """
    work = _Work(tell)
    threads = asked.threads or len(os.sched_getaffinity(0))
    if "labels" in asked.measures:
        found = _head(asked, work, threads)
    elif "retrieval" in asked.measures:
        found = _encoder(asked, work, threads)
    else:
        found = _language_model(asked, work, threads)
    for name in dict.fromkeys(name for row in work.rows for name in names_of(row)):
        _ids, matrix = matrix_of(work.rows, name)
        work.figures[name] = figure(estimate(name, matrix), work.names[_measure_of(work.rows, name)])
    with _complete(rows_file) as partial:
        write_rows(work.rows, partial)
    return {
        "figures": work.figures,
        "conditions": found,
        "seconds": round(time.monotonic() - work.began, 2),
    }


def figure(found: Estimate, on: str = "") -> dict[str, Any]:
    """Return an estimate as a figure, with what names its data."""
    return {"value": found.value, "low": found.low, "high": found.high, "n": found.n, "on": on}


def _language_model(asked: Asked, work: _Work, threads: int) -> dict[str, str | int]:
    dialogues = _dialogues(asked)
    cases = likeness.cases_of(dialogues, asked.most) if "likeness" in asked.measures else []
    unsafe = []
    if "refusals" in asked.measures:
        unsafe = prompts.cases_of(prompts.read_prompts(asked.prompts), asked.most)
    texts: list[tuple[str, Example]] = []
    surprising = ""
    if "perplexity" in asked.measures:
        texts, surprising = perplexity.examples_of(asked.model, dialogues, asked.most)
    timed = speed.cases() if "speed" in asked.measures else []
    work.of = max(0, len(timed) - speed.WARMING) + len(cases) + len(unsafe) + len(texts)
    found = conditions(threads, asked.precision)
    if any(measure in asked.measures for measure in _OF_THE_ENGINE):
        before = speed.resident_mb()
        writer = Writer(
            asked.model, precision=asked.precision, threads=threads, kernel_cache=asked.kernel_cache
        )
        found = conditions(threads, asked.precision, writer.model)
        if timed:
            work.names[speed.MEASURE] = speed.named()
            work.take(speed.MEASURE, speed.rows(writer))
            work.figures["resident_mb"] = _once(speed.resident_mb() - before, work, speed.MEASURE)
            work.figures["load_seconds"] = _once(writer.load_seconds, work, speed.MEASURE)
        if cases:
            work.names[likeness.MEASURE] = likeness.named(cases)
            work.take(likeness.MEASURE, likeness.rows(writer, cases))
        if unsafe:
            work.names[refusals.MEASURE] = prompts.named(unsafe)
            work.take(refusals.MEASURE, refusals.rows(writer, unsafe))
        # The network of the next measure is not to lie in memory beside this one.
        del writer
        gc.collect()
    if texts:
        work.names[perplexity.MEASURE] = surprising
        work.take(perplexity.MEASURE, perplexity.rows(asked.model, texts))
    return found


def _head(asked: Asked, work: _Work, threads: int) -> dict[str, str | int]:
    if asked.base is None or asked.data is None:
        raise BadSetting("A head is measured with its encoder, --base, and labelled texts, --data.")
    if asked.measures != ("labels",):
        raise BadSetting("Of a head nothing but its labels is measured.")
    try:
        network = load_network(asked.base, asked.model)
    except HeadError as error:
        raise CannotAnswer(str(error)) from error
    texts = labels.cases_of(labels.read_texts(asked.data / "test.jsonl", network.labels), asked.most)
    work.of = len(texts)
    work.names[labels.MEASURE] = labels.named(texts)
    work.take(labels.MEASURE, labels.rows(network, texts))
    _ids, counts = matrix_of(work.rows, "accuracy")
    size = len(network.labels)
    work.figures["confusion"] = {
        "labels": list(network.labels),
        "rows": counts.sum(axis=0).astype(int).reshape(size, size).tolist(),
    }
    return conditions(threads, asked.precision)


def _encoder(asked: Asked, work: _Work, threads: int) -> dict[str, str | int]:
    if asked.passages is None or asked.asked is None:
        raise BadSetting("An encoder is measured with files of --passages and of what is --asked about them.")
    if asked.measures != ("retrieval",):
        raise BadSetting("Of an encoder nothing but its retrieval is measured.")
    passages = retrieval.read_passages(asked.passages)
    questions = retrieval.read_questions(asked.asked, passages, asked.most)
    before = speed.resident_mb()
    try:
        encoder = Encoder(asked.model)
    except (OSError, ValueError, KeyError) as error:
        raise CannotAnswer(f"{asked.model} holds no encoder that can be loaded: {error}") from error
    work.of = len(questions)
    work.names[retrieval.MEASURE] = retrieval.named(passages, questions)
    vectors, texts_per_second = retrieval.vectors_of(encoder, passages)
    work.take(retrieval.MEASURE, retrieval.rows(encoder, passages, vectors, questions))
    work.figures["texts_per_second"] = _once(texts_per_second, work, retrieval.MEASURE)
    work.figures["resident_mb"] = _once(speed.resident_mb() - before, work, retrieval.MEASURE)
    return conditions(threads, asked.precision)


def _dialogues(asked: Asked) -> list[Dialogue]:
    if not {"perplexity", "likeness"} & set(asked.measures):
        return []
    if asked.data is None:
        raise BadSetting("Perplexity and likeness are measured on a data set: name its folder with --data.")
    return read_dialogues(asked.data / "test.jsonl")


def _once(value: float, work: _Work, measure: str) -> dict[str, Any]:
    """What was measured once has no interval."""
    return figure(Estimate(value, None, None, 1), work.names[measure])


def _measure_of(rows: Iterable[Row], name: str) -> str:
    return next(row.measure for row in rows if name in names_of(row))


@contextmanager
def _complete(file: Path) -> Iterator[Path]:
    partial = file.with_name(f".partial-{file.name}")
    try:
        yield partial
        partial.rename(file)
    except OSError as error:
        raise no_room("The file of examples", error, "Nothing was kept of it.") from error
    finally:
        partial.unlink(missing_ok=True)
