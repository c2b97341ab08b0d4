"""`installation.json`, the last file written into a model's folder: a folder without it is not installed."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from inference.catalog import Kind

MANIFEST = "installation.json"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What was installed, in the words that the database records."""

    name: str
    kind: Kind
    hub_id: str
    licence: str
    languages: tuple[str, ...]
    parameters: int
    context_length: int
    sha256: str
    size: int
    dtype: str
    source: str

    def write(self, folder: Path) -> None:
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        (folder / MANIFEST).write_text(text + "\n", encoding="utf-8")


def read_manifest(folder: Path) -> Manifest | None:
    """What is installed in this folder, or None where it is not a complete installation."""
    try:
        facts: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        return Manifest(**{**facts, "languages": tuple(facts["languages"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None
