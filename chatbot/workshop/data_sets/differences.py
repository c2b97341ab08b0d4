"""What one version of a data set holds that another one does not."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from chatbot.workshop.models import PARTS, DataSetVersion

SAMPLES = 5


@dataclass
class Difference:
    """Counts of both versions by part, and which examples came, went, changed, or are in another part now."""

    counts: list[tuple[str, int, int]]
    added: int = 0
    removed: int = 0
    changed: int = 0
    moved: int = 0
    samples_added: list[Any] = field(default_factory=list)
    samples_removed: list[Any] = field(default_factory=list)
    samples_changed: list[tuple[Any, Any]] = field(default_factory=list)

    @property
    def is_none(self) -> bool:
        return not (self.added or self.removed or self.changed or self.moved)


def differences(old: DataSetVersion, new: DataSetVersion) -> Difference:
    """Return what differs from `old` to `new`; raises DataSetChanged where a file is not as it was made."""
    old.verified_folder()
    new.verified_folder()
    counts = [(part, old.counts.get(part, 0), new.counts.get(part, 0)) for part in PARTS]
    found = Difference(counts)
    # The hash of a line stands for its text, so that two large versions fit in memory.
    before = {line["id"]: (part, hash(_said(line))) for part, line in _lines(old)}
    wanted: dict[str, Any] = {}
    for part, line in _lines(new):
        known = before.pop(line["id"], None)
        if known is None:
            found.added += 1
            found.samples_added += [_said(line)] if len(found.samples_added) < SAMPLES else []
        elif known[1] != hash(_said(line)):
            found.changed += 1
            if len(wanted) < SAMPLES:
                wanted[line["id"]] = _said(line)
        elif known[0] != part:
            found.moved += 1
    found.removed = len(before)
    for _part, line in _lines(old) if before or wanted else ():
        if line["id"] in before and len(found.samples_removed) < SAMPLES:
            found.samples_removed.append(_said(line))
        if line["id"] in wanted:
            found.samples_changed.append((_said(line), wanted[line["id"]]))
    return found


def _lines(version: DataSetVersion) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in PARTS:
        with (version.folder / f"{part}.jsonl").open(encoding="utf-8") as file:
            for line in file:
                yield part, json.loads(line)


def _said(line: dict[str, Any]) -> str:
    """Return what a line says, in a few lines of text."""
    if "messages" in line:
        return "\n".join(f"{one['role']}: {one['content']}" for one in line["messages"])
    return f"{line['label']}: {line['text']}"
