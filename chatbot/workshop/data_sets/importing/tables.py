"""Questions and answers, or labelled texts, in a CSV file."""

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from chatbot.workshop.data_sets.importing.dialogues import Read, checked_dialogue, checked_text
from chatbot.workshop.data_sets.importing.lines import encoding_of, text_lines
from chatbot.workshop.data_sets.importing.wrong import BadFile, Wrong
from chatbot.workshop.data_sets.texts import Messages

_NAMES = {
    "question": ("question", "q", "query", "prompt", "user", "问题", "问", "提问"),
    "answer": ("answer", "a", "reply", "response", "assistant", "答案", "回答", "答复", "答", "回复"),
    "system": ("system", "系统", "系统提示"),
    "language": ("language", "lang", "locale", "语言"),
    "conversation": ("conversation", "conversation_id", "dialogue", "对话", "会话"),
    "text": ("text", "message", "comment", "文本", "内容", "评论"),
    "label": ("label", "sentiment", "标签", "情感"),
    "intent": ("intent", "意图"),
}
Row = tuple[int, dict[str, str]]
Found = Read | tuple[int, Wrong]


def dialogues_in(path: Path) -> Iterator[Found]:
    """Yield the dialogues of a table of questions and answers, or what is wrong with one.

    Rows in a row that name the same conversation are one dialogue. Raises BadFile and OSError.
    """
    waiting: list[Row] = []
    for row in _rows(path, ("question", "answer")):
        name = row[1].get("conversation", "")
        if waiting and (not name or waiting[0][1].get("conversation") != name):
            yield _dialogue(waiting)
            waiting = []
        waiting.append(row)
    if waiting:
        yield _dialogue(waiting)


def texts_in(path: Path) -> Iterator[Found]:
    """Yield the labelled texts of a table, or what is wrong with one. Raises BadFile and OSError."""
    for line, cells in _rows(path, ("text",)):
        told = {name: cells.get(name, "") for name in ("label", "language", "conversation", "intent")}
        try:
            yield checked_text(line, cells["text"], **told)
        except Wrong as wrong:
            yield line, wrong


def _dialogue(rows: list[Row]) -> Found:
    line, first = rows[0]
    messages: Messages = []
    if first.get("system", "").strip():
        messages.append({"role": "system", "content": first["system"]})
    for _line, cells in rows:
        messages.append({"role": "user", "content": cells["question"]})
        messages.append({"role": "assistant", "content": cells["answer"]})
    told = {name: first.get(name, "") for name in ("language", "conversation", "intent")}
    try:
        return checked_dialogue(line, messages, **told)
    except Wrong as wrong:
        return line, wrong


def _rows(path: Path, needed: tuple[str, ...]) -> Iterator[Row]:
    """Yield the rows with the line on which each begins; raises BadFile."""
    lines = text_lines(path, encoding_of(path))
    header = next((line for line in lines if line.strip()), "")
    reader = csv.reader(chain([header], lines), delimiter=max(",;\t", key=header.count), strict=True)
    begins = 1
    try:
        columns = _columns(next(reader, []), needed)
        count = max(columns.values()) + 1
        for cells in reader:
            line, begins = begins + 1, reader.line_num
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) < count:
                raise BadFile([(line, "cells", "")])
            yield line, {name: cells[place] for name, place in columns.items()}
    except csv.Error:
        raise BadFile([(begins + 1, "csv", "")]) from None


def _columns(header: list[str], needed: tuple[str, ...]) -> dict[str, int]:
    folded = [name.strip().strip("?:：").casefold() for name in header]
    found = {
        column: place
        for column, names in _NAMES.items()
        if (place := next((at for at, name in enumerate(folded) if name in names), None)) is not None
    }
    if not all(name in found for name in needed):
        raise BadFile([(1, "columns", ", ".join(needed))])
    return found
