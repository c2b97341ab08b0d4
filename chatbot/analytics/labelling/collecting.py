"""The texts that a training run learns from, as the files that the training program is given."""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from chatbot.analytics.labelling.label_reading import same_text
from chatbot.analytics.models import LabelledText, SentimentLabel, TrainingRun
from chatbot.conversations.answering.languages import language_of
from chatbot.conversations.models import MessageSentiment
from chatbot.privacy import masking

# One text in so many is held back, to measure heads by; which ones is decided by the text alone.
HELD_BACK_OF = 5
FEWEST_TEXTS = 50
_CHUNK = 2000
_CORRECTIONS = "corrections"


class TooFewTexts(Exception):
    """There is too little to learn from, or nothing to tell apart."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count


@dataclass
class Collected:
    """What a training is given: how many texts by language and label, held back or not, and from where."""

    sha256: str = ""
    files: list[Path] = field(default_factory=list)
    texts: int = 0
    held_back: int = 0
    from_files: int = 0
    from_corrections: int = 0
    duplicates: int = 0
    contradictions: int = 0
    counts: dict[str, dict[str, int]] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Return the numbers, as a run stores them."""
        return {name: value for name, value in asdict(self).items() if name not in ("sha256", "files")}


@dataclass(frozen=True, slots=True)
class _Text:
    text: str
    label: str
    language: str
    source: str

    @property
    def is_correction(self) -> bool:
        return self.source == _CORRECTIONS


def collect(run: TrainingRun, folder: Path) -> Collected:
    """Write the labelled texts of `run` into `folder`, one JSON object a line, and tell what was written.

    There is a file for each labelled file and one for corrections: a set that knows no neutral texts is to be
    told from one that does. Texts pass the one door of privacy. The same text counts once: a correction before
    a file; where files contradict each other it is left out. Whether a text is held back depends on the text
    alone, so that no later run trains on what an earlier one is measured by. Raises TooFewTexts, OSError.
    """
    found, collected = _gathered(run)
    if len(found) < FEWEST_TEXTS or any(len(labels) < 2 for labels in _labels_by_part(found)):
        raise TooFewTexts(len(found))
    digest = hashlib.sha256()
    for source in sorted({text.source for text in found.values()}):
        path = folder / f"{source}.jsonl"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            # In an order of their own, so that the same texts give the same file.
            for key in sorted((key for key, text in found.items() if text.source == source), key=_digest_of):
                line = _line(key, found[key], collected)
                digest.update(line)
                file.write(line)
        collected.files.append(path)
    collected.texts, collected.sha256 = len(found), digest.hexdigest()
    return collected


def _line(key: str, text: _Text, collected: Collected) -> bytes:
    """Return the line of a text, and count it."""
    part = "test" if is_held_back(key) else "train"
    counts = collected.counts.setdefault(text.language, dict.fromkeys(SentimentLabel.values, 0))
    counts[text.label] += 1
    collected.held_back += part == "test"
    collected.from_corrections += text.is_correction
    collected.from_files += not text.is_correction
    line = {"text": text.text, "label": text.label, "language": text.language, "split": part}
    return json.dumps(line, ensure_ascii=False).encode() + b"\n"


def is_held_back(text: str) -> bool:
    """Tell whether heads are measured by this text instead of learning from it."""
    return int(_digest_of(same_text(text))[:8], 16) % HELD_BACK_OF == 0


def corrections() -> Iterator[tuple[str, str, str]]:
    """Yield (text, label, language) of the corrected messages of the sites that let them be used."""
    corrected: Any = MessageSentiment.objects.filter(
        corrected_label__in=SentimentLabel.values,
        message__conversation__site__labelling_settings__trains_sentiment=True,
    )
    rows = corrected.order_by("pk").values_list("message__text", "corrected_label", "language")
    yield from rows.iterator(chunk_size=_CHUNK)


def _gathered(run: TrainingRun) -> tuple[dict[str, _Text], Collected]:
    found: dict[str, _Text] = {}
    disputed: set[str] = set()
    collected = Collected()
    for text in _all_texts(run):
        key = same_text(text.text)
        earlier = found.get(key)
        if not key or key in disputed:
            continue
        if earlier is None:
            found[key] = text
        elif earlier.label == text.label:
            collected.duplicates += 1
        elif earlier.is_correction and not text.is_correction:
            collected.contradictions += 1
        else:
            collected.contradictions += 1
            disputed.add(key)
            del found[key]
    return found, collected


def _all_texts(run: TrainingRun) -> Iterator[_Text]:
    if run.uses_corrections:
        for text, label, language in corrections():
            yield _Text(masking.for_model(text).strip(), label, language or language_of(text), _CORRECTIONS)
    rows = LabelledText.objects.filter(file__in=run.files.imported()).order_by("file_id", "line")
    columns = rows.values_list("text", "label", "language", "file_id")
    for text, label, language, file_id in columns.iterator(chunk_size=_CHUNK):
        yield _Text(masking.for_model(text).strip(), label, language, f"file-{file_id}")


def _labels_by_part(found: dict[str, _Text]) -> tuple[set[str], set[str]]:
    parts: tuple[set[str], set[str]] = (set(), set())
    for key, text in found.items():
        parts[is_held_back(key)].add(text.label)
    return parts


def _digest_of(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
