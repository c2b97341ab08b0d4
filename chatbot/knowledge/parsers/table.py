"""CSV: each row as a record of named fields."""

import csv
import io
from collections import Counter

from chatbot.knowledge.parsers.refused import Refused
from chatbot.knowledge.parsers.sections import Sections, plain

_DELIMITERS = ",;\t|"
_SAMPLE_CHARACTERS = 64 * 1024
_FIELD_MAX_CHARACTERS = 1_000_000


def read_table(text: str, sections: Sections, max_rows: int) -> list[dict[str, str]]:
    """Fill `sections` with one section to a record, and return the records.

    The first row names the fields. Raises Refused("too_many_rows") beyond `max_rows`.
    """
    csv.field_size_limit(_FIELD_MAX_CHARACTERS)
    rows = csv.reader(io.StringIO(text), delimiter=_delimiter(text), skipinitialspace=True)
    names: list[str] = []
    records: list[dict[str, str]] = []
    try:
        for row in rows:
            cells = [plain(cell) for cell in row]
            if not any(cells):
                continue
            if not names:
                names = _names(cells)
                continue
            if len(records) >= max_rows:
                raise Refused("too_many_rows", str(max_rows))
            names += [str(place + 1) for place in range(len(names), len(cells))]
            record = dict(zip(names, cells, strict=False))
            records.append(record)
            sections.paragraph(_told(record))
    except csv.Error as error:
        raise Refused("broken") from error
    return records


def as_sections(records: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return one section to a record, “name: value” one to a line."""
    return [{"heading": "", "text": told} for told in map(_told, records) if told]


def _delimiter(text: str) -> str:
    """Return what cuts the first rows into the same number of fields, more than one, most often."""
    sample = text[:_SAMPLE_CHARACTERS]
    best, most = ",", (0.0, 0)
    for delimiter in _DELIMITERS:
        widths = Counter[int]()
        try:
            for row in csv.reader(io.StringIO(sample), delimiter=delimiter, skipinitialspace=True):
                widths[len(row)] += bool(row)
        except csv.Error:
            continue
        total = sum(widths.values())
        width, times = widths.most_common(1)[0] if widths else (0, 0)
        if width > 1 and (times / total, width) > most:
            best, most = delimiter, (times / total, width)
    return best


def _names(cells: list[str]) -> list[str]:
    """Return the fields' names, each only once; a field without a name gets its number."""
    names: list[str] = []
    for place, cell in enumerate(cells, 1):
        name = " ".join(cell.split())[:100] or str(place)
        names.append(name if name not in names else f"{name} ({place})")
    return names


def _told(record: dict[str, str]) -> str:
    if len(record) == 1:
        return next(iter(record.values()))
    return "\n".join(f"{name}: {value}" for name, value in record.items() if value)
