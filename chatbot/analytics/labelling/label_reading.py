"""What a table of labelled texts means: which column is what, and which word stands for which label."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext_lazy as _

from chatbot.analytics.labelling.label_tables import MOST_ERRORS, BadFile, Problem, Row, Table
from chatbot.analytics.models import SentimentLabel
from chatbot.conversations.answering.languages import language_of

MOST_CHARACTERS = 10_000
# More different words than this in a column of labels: it is another column.
MOST_WORDS = 50
# What a person says of a word whose rows are to be left out.
LEAVE_OUT = "leave_out"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*\Z")
_TEXT_NAMES = ("text", "message", "comment", "review", "content", "tweet", "sentence", "文本", "内容", "评论")
_LABEL_NAMES = ("label", "sentiment", "polarity", "class", "rating", "标签", "情感", "标注")
_LANGUAGE_NAMES = ("language", "lang", "locale", "语言")


@dataclass(frozen=True, slots=True)
class Reading:
    """What somebody says of a file: its columns, and what the words in the column of labels mean.

    The three labels' own names need no word. `language` may be "": the texts then say it themselves.
    """

    text: str
    label: str
    language: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    leaves_out_contradictions: bool = False


@dataclass(frozen=True, slots=True)
class Labelled:
    """One text with its label, as it is stored."""

    line: int
    text: str
    label: str
    language: str


@dataclass
class Report:
    """What a file holds: the texts, and (line, line of the first one like it) of what is left out."""

    texts: list[Labelled] = field(default_factory=list)
    duplicates: list[tuple[int, int]] = field(default_factory=list)
    contradictions: list[tuple[int, int]] = field(default_factory=list)
    words_left_out: int = 0

    def counts(self) -> dict[str, Counter[str]]:
        """Return how many texts of each language have each label."""
        found: dict[str, Counter[str]] = {}
        for text in self.texts:
            found.setdefault(text.language, Counter())[text.label] += 1
        return found

    def left_out(self) -> dict[str, int]:
        """Return how many rows are left out, by why."""
        return {
            "duplicates": len(self.duplicates),
            "contradictions": len(self.contradictions),
            "words": self.words_left_out,
        }


def likely_reading(table: Table) -> Reading:
    """Return which columns are likely meant, by their names; the first two where no name says it."""
    folded = {name.casefold(): name for name in table.columns}

    def column(names: tuple[str, ...]) -> str | None:
        return next((folded[name] for name in names if name in folded), None)

    label = column(_LABEL_NAMES)
    text = column(_TEXT_NAMES) or next(name for name in table.columns if name != label)
    return Reading(
        text=text,
        label=label or next(name for name in table.columns if name != text),
        language=column(_LANGUAGE_NAMES) or "",
    )


def words_in(table: Table, column: str) -> list[tuple[str, int]]:
    """Return the words in a column of labels that are not the labels' own names, and how often each is there.

    At most MOST_WORDS + 1 of them, so that the caller sees that they are too many.
    """
    counts = Counter(row.cells[column].strip() for row in table.rows)
    foreign = [(word, count) for word, count in counts.items() if _own_label(word) is None and word]
    return sorted(foreign, key=lambda pair: (-pair[1], pair[0]))[: MOST_WORDS + 1]


def read_labels(table: Table, reading: Reading) -> Report:
    """Return what the table holds, read so; raises BadFile with the lines where it makes no sense.

    A text that stands there again with the same label counts once, and one whose language nobody knows has
    that of most others. One that has two labels is an error, or
    left out altogether where the reading says so.
    """
    _check_columns(table, reading)
    report = Report()
    errors: list[Problem] = []
    first: dict[str, Labelled] = {}
    disputed: dict[str, None] = {}
    for row in table.rows:
        found = _labelled(row, reading, errors)
        if len(errors) >= MOST_ERRORS:
            break
        if found is None:
            report.words_left_out += reading.words.get(row.cells[reading.label].strip()) == LEAVE_OUT
            continue
        key = same_text(found.text)
        earlier = first.setdefault(key, found)
        if earlier.label != found.label:
            report.contradictions.append((found.line, earlier.line))
            disputed[key] = None
            if not reading.leaves_out_contradictions:
                errors.append((found.line, _contradiction(found, earlier)))
        elif earlier is not found:
            report.duplicates.append((found.line, earlier.line))
    if errors:
        raise BadFile(errors[:MOST_ERRORS])
    report.texts = _with_languages([text for key, text in first.items() if key not in disputed])
    if not report.texts:
        raise BadFile([(1, _("No text is left of this file."))])
    return report


def _with_languages(texts: list[Labelled]) -> list[Labelled]:
    """Give the texts that do not say in which language they are the one that most of the others have."""
    common = Counter(text.language for text in texts if text.language).most_common(1)
    return [replace(text, language=text.language or common[0][0]) for text in texts] if common else texts


def same_text(text: str) -> str:
    """Return what two texts share that are the same but for case, spaces, and forms of the same character."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _check_columns(table: Table, reading: Reading) -> None:
    for name in (reading.text, reading.label, *([reading.language] if reading.language else [])):
        if name not in table.columns:
            names = ", ".join(table.columns)
            raise BadFile(
                [(1, _("There is no column “%(name)s”, but: %(names)s.") % {"name": name, "names": names})]
            )
    if reading.text == reading.label:
        raise BadFile([(1, _("The text and its label are two columns."))])
    if len(words_in(table, reading.label)) > MOST_WORDS:
        wrong = _("The column “%(name)s” holds more than %(most)d different words. Is it the label?")
        raise BadFile([(1, wrong % {"name": reading.label, "most": MOST_WORDS})])


def _labelled(row: Row, reading: Reading, errors: list[Problem]) -> Labelled | None:
    """Return the row's text with its label; None where it has none, with what is wrong added to `errors`."""
    text, word = row.cells[reading.text].strip(), row.cells[reading.label].strip()
    if reading.words.get(word) == LEAVE_OUT:
        return None
    label = _own_label(word) or reading.words.get(word)
    language = row.cells[reading.language].strip() if reading.language else ""
    if label not in SentimentLabel.values:
        errors.append((row.line, _unknown(word)))
    elif not text:
        errors.append((row.line, _("There is no text.")))
    elif len(text) > MOST_CHARACTERS:
        errors.append((row.line, _("The text has more than %d characters.") % MOST_CHARACTERS))
    elif language and not _LANGUAGE.match(language):
        errors.append((row.line, _("“%s” is no language like en or zh.") % language[:20]))
    else:
        code = re.split("[-_]", language)[0].casefold() if language else language_of(text)
        return Labelled(row.line, text, label, code)
    return None


def _own_label(word: str) -> str | None:
    folded = word.casefold()
    return folded if folded in SentimentLabel.values else None


def _unknown(word: str) -> Any:
    if not word:
        return _("There is no label: write negative, neutral or positive.")
    return _("“%s” is none of negative, neutral, positive. Say below what it means.") % word[:40]


def _contradiction(found: Labelled, earlier: Labelled) -> Any:
    words = _("The same text is %(here)s here and %(there)s in line %(line)d.")
    return words % {"here": found.label, "there": earlier.label, "line": earlier.line}
