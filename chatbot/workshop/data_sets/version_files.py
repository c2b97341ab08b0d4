"""The files of a version: one JSON object a line, written aside, then moved into place and made read-only."""

import json
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from chatbot.workshop.models import PARTS, DataSet, DataSetVersion, Example

CARD = "card.md"
_UNFINISHED = "unfinished-"


def line_of(example: Example, part: str) -> dict[str, Any]:
    """Return what stands of an example in the file of `part`.

    A dialogue as `inference.training.language` reads it, a labelled text as the training of the sentiment
    head does.
    """
    if example.data_set.kind == DataSet.Kind.DIALOGUES:
        return {"id": example.public_id, "messages": example.messages, "language": example.language}
    line = {
        "id": example.public_id,
        "text": example.question,
        "label": example.sentiment,
        "language": example.language,
        "split": "train" if part == "train" else "test",
    }
    return line | ({"intent": example.intent} if example.intent else {})


class Writer:
    """Writes the parts of one version; `counts` says how many examples each has."""

    def __init__(self, folder: Path) -> None:
        self._opened = ExitStack()
        self._files = {
            part: self._opened.enter_context((folder / f"{part}.jsonl").open("w", encoding="utf-8"))
            for part in PARTS
        }
        self.counts = dict.fromkeys(PARTS, 0)

    def write(self, example: Example, part: str) -> None:
        """Add an example to a part; raises OSError."""
        line = json.dumps(line_of(example, part), ensure_ascii=False)
        self._files[part].write(f"{line}\n")
        self.counts[part] += 1

    def close(self) -> None:
        """Have everything on the disk; raises OSError."""
        with self._opened:
            for file in self._files.values():
                file.flush()
                os.fsync(file.fileno())


@contextmanager
def unfinished_folder(data_set: DataSet) -> Iterator[Path]:
    """A folder beside the versions that is gone at the end, unless it was moved into place."""
    data_set.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = data_set.folder / f"{_UNFINISHED}{secrets.token_hex(8)}"
    folder.mkdir(mode=0o700)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def move_into_place(folder: Path, version: DataSetVersion) -> None:
    """Make the files read-only and the folder that of `version`; raises OSError."""
    for path in folder.iterdir():
        path.chmod(stat.S_IRUSR)
    # What an interrupted making left behind belongs to no version.
    remove_folder(version.folder)
    folder.rename(version.folder)
    version.folder.chmod(stat.S_IRUSR | stat.S_IXUSR)


def remove_folder(folder: Path) -> None:
    """Delete a version's folder, or all of a data set's, with what is read-only in it."""
    for path in [folder, *folder.glob("*")]:
        if path.is_dir():
            path.chmod(stat.S_IRWXU)
    shutil.rmtree(folder, ignore_errors=True)


def forget_unfinished(data_set: DataSet) -> None:
    """Delete what a worker that died left of a version in the making."""
    for folder in data_set.folder.glob(f"{_UNFINISHED}*"):
        shutil.rmtree(folder, ignore_errors=True)
