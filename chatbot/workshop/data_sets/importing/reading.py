"""All examples of a file, whatever its form; read twice, first to see that nothing is wrong with it."""

from collections.abc import Callable, Iterator
from pathlib import Path

from chatbot.workshop.data_sets.importing import tables
from chatbot.workshop.data_sets.importing.dialogues import Read, dialogue_of, labelled_of
from chatbot.workshop.data_sets.importing.lines import json_lines
from chatbot.workshop.data_sets.importing.tables import Found
from chatbot.workshop.data_sets.importing.wrong import MOST_PROBLEMS, BadFile, Wrong
from chatbot.workshop.models import DataSet

MOST_EXAMPLES = 100_000
_TOLD_EVERY = 500
_FEWEST = 2


def examples_in(path: Path, kind: str) -> Iterator[Read]:
    """Yield the examples of a file that was checked; what is wrong with it ends the reading as BadFile."""
    for found in _found_in(path, kind):
        if not isinstance(found, Read):
            raise BadFile([(found[0], found[1].code, found[1].detail)])
        yield found


def check(path: Path, kind: str, tell: Callable[[int], object]) -> int:
    """Return how many examples a file holds; `tell` hears now and then how many were read.

    Raises BadFile with all that is wrong with it, up to MOST_PROBLEMS lines, and OSError.
    """
    problems: list[tuple[int, str, str]] = []
    count = 0
    for found in _found_in(path, kind):
        if isinstance(found, Read):
            count += 1
        else:
            problems.append((found[0], found[1].code, found[1].detail))
            # Of one list over many lines every other line is wrong too.
            if found[1].code == "list" or len(problems) == MOST_PROBLEMS:
                break
        if count > MOST_EXAMPLES:
            problems.append((found.line if isinstance(found, Read) else found[0], "many", str(MOST_EXAMPLES)))
            break
        if count % _TOLD_EVERY == 0:
            tell(count)
    if problems:
        raise BadFile(problems)
    if count < _FEWEST:
        raise BadFile([(1, "one" if count else "empty", "")])
    return count


def _found_in(path: Path, kind: str) -> Iterator[Found]:
    is_labelled = kind == DataSet.Kind.LABELLED
    if _is_json(path):
        reads = labelled_of if is_labelled else dialogue_of
        for line, content in json_lines(path):
            try:
                yield reads(line, content)
            except Wrong as wrong:
                yield line, wrong
    elif is_labelled:
        yield from tables.texts_in(path)
    else:
        yield from tables.dialogues_in(path)


def _is_json(path: Path) -> bool:
    """Tell whether the first thing in the file is an object or a list; raises BadFile for an empty file."""
    with path.open("rb") as file:
        start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise BadFile([(1, "empty", "")])
    return start[:1] in (b"{", b"[") or path.suffix.casefold() in (".jsonl", ".ndjson", ".json")
