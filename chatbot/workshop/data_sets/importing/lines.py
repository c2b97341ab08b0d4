"""The lines of a file, one by one: how long they may be, and in which encoding they are."""

import codecs
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from chatbot.knowledge.parsers.decoding import GUESS_FROM_BYTES, guessed
from chatbot.workshop.data_sets.importing.wrong import MEGABYTE, BadFile

LONGEST_LINE = MEGABYTE
_PIECE = 1024 * 1024
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What spreadsheets in China, Taiwan and Hong Kong write, as `guessed` calls it.
_CHINESE = ("gb18030", "big5hkscs")


def encoding_of(path: Path) -> str:
    """Return the encoding of a file of text: by its mark, else UTF-8, else a Chinese one that fits all of it.

    Raises BadFile with the line of the first byte that fits none, and OSError.
    """
    with path.open("rb") as file:
        start = file.read(4)
    for mark, encoding in _MARKS:
        if start.startswith(mark):
            return encoding
    place = _first_bad_byte(path, "utf-8")
    if place is None:
        return "utf-8"
    with path.open("rb") as file:
        file.seek(max(0, place - GUESS_FROM_BYTES // 2))
        guess = guessed(file.read(GUESS_FROM_BYTES))
    if guess in _CHINESE and _first_bad_byte(path, guess) is None:
        return guess
    line, column = _line_of(path, place)
    raise BadFile([(line, "not_text", str(column))])


def json_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield the lines of a file with their numbers, without those that are blank.

    No line is held that is longer than LONGEST_LINE. Raises BadFile at one that is, and OSError.
    """
    with path.open("rb") as file:
        for number, line in enumerate(_bounded(file), 1):
            if number == 1:
                line = line.removeprefix(codecs.BOM_UTF8)
            if line.strip():
                yield number, line


def text_lines(path: Path, encoding: str) -> Iterator[str]:
    """Yield the lines of a file as text, each with its line break; raises BadFile and OSError."""
    with path.open(encoding=encoding, newline="") as file:
        number = 0
        while line := file.readline(LONGEST_LINE + 1):
            number += 1
            if len(line) > LONGEST_LINE:
                raise BadFile([(number, "long_line", str(LONGEST_LINE // MEGABYTE))])
            if "\0" in line:
                raise BadFile([(number, "zero", "")])
            yield line


def _bounded(file: BinaryIO) -> Iterator[bytes]:
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise BadFile([(number, "long_line", str(LONGEST_LINE // MEGABYTE))])
        yield line


def _first_bad_byte(path: Path, encoding: str) -> int | None:
    """Return where the first byte stands that is none of the encoding, None where all are."""
    decoder, read = codecs.getincrementaldecoder(encoding)(), 0
    with path.open("rb") as file:
        while True:
            piece = file.read(_PIECE)
            waiting = len(decoder.getstate()[0])
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                return read - waiting + error.start
            if not piece:
                return None
            read += len(piece)


def _line_of(path: Path, place: int) -> tuple[int, int]:
    """Return the line in which the byte at `place` stands, and which of the line's bytes it is."""
    line, begins, read = 1, 0, 0
    with path.open("rb") as file:
        while read < place and (piece := file.read(min(_PIECE, place - read))):
            if count := piece.count(b"\n"):
                line += count
                begins = read + piece.rfind(b"\n") + 1
            read += len(piece)
    return line, place - begins + 1
