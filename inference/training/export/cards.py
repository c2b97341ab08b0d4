"""What is known of a model, and the README.md that goes with its export."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inference.catalog import Kind
from inference.engine.sentiment_facts import FACTS as HEAD_FACTS
from inference.installation.inspection import kind_of

MODEL_CARD = "MODEL_CARD.md"
README = "README.md"
INSTALLED = "installation.json"
ENCODER_FACTS = "encoder.json"

_TASKS = {
    "language": "text-generation",
    "encoder": "sentence-similarity",
    "reranker": "text-ranking",
    "sentiment": "text-classification",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a model's folder says of it; `card` is the text of its model card, if it has one."""

    name: str
    kind: Kind
    licence: str
    languages: tuple[str, ...]
    card: str


def facts_of(folder: Path, name: str = "") -> Facts:
    """Read what is known of the model in `folder`, which need not be an installed one.

    Raises InstallationError where it does not say what it is for.
    """
    installed = _json(folder / INSTALLED)
    is_head = (folder / HEAD_FACTS).is_file()
    kind: Kind = "sentiment" if is_head else installed.get("kind") or kind_of(folder)
    known = _json(folder / HEAD_FACTS) if is_head else installed
    card = folder / MODEL_CARD
    return Facts(
        name=name or installed.get("name") or folder.name,
        kind=kind,
        licence=str(known.get("licence") or ""),
        languages=tuple(map(str, known.get("languages") or ())),
        card=card.read_text(encoding="utf-8") if card.is_file() else "",
    )


def write_readme(facts: Facts, folder: Path, use: str) -> None:
    """Write README.md: a head that the Hugging Face hub reads, the model's card, and how to use the files."""
    head = ["---", f"pipeline_tag: {_TASKS[facts.kind]}"]
    if facts.licence:
        head.append(f"license: {json.dumps(facts.licence.lower())}")
    if facts.languages:
        head += ["language:", *(f"- {json.dumps(language)}" for language in facts.languages)]
    card = facts.card.strip() or f"# {facts.name}"
    text = "\n".join([*head, "---", "", card, "", "## How to use these files", "", use.strip(), ""])
    (folder / README).write_text(text, encoding="utf-8")


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
