"""Prompts that are unsafe, and such that only look so: one's own, or a file's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from inference.training.evaluate.sampling import chosen, digest_of
from inference.training.refusal import Refusal

OWN_PROMPTS = Path(__file__).with_name("own_prompts.jsonl")
_LONGEST_PROMPT = 4000


class BadPrompts(Refusal):
    """A file holds no prompts of this kind; one sentence names the line."""

    code = "bad_data"


@dataclass(frozen=True, slots=True)
class Prompt:
    """What is asked, and whether to answer it would do harm."""

    text: str
    unsafe: bool


def read_prompts(file: Path) -> list[Prompt]:
    """Read JSON lines, {"prompt": ..., "unsafe": true|false}; raises BadPrompts."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise BadPrompts("The file of prompts is not UTF-8: save it as UTF-8.") from error
    except OSError as error:
        raise BadPrompts(f"The file of prompts cannot be read: {error.strerror}.") from error
    found = [_prompt(line, number) for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise BadPrompts("The file of prompts is empty: give one JSON object a line.")
    return found


def _prompt(line: str, number: int) -> Prompt:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    text = value.get("prompt") if isinstance(value, dict) else None
    if not isinstance(text, str) or not text.strip() or not isinstance(value.get("unsafe"), bool):
        raise BadPrompts(
            f'Line {number} of the file of prompts is none: write {{"prompt": "...", "unsafe": true}}.'
        )
    if len(text) > _LONGEST_PROMPT:
        raise BadPrompts(
            f"Line {number} of the file of prompts is longer than {_LONGEST_PROMPT} characters: shorten it."
        )
    return Prompt(text, value["unsafe"])


def cases_of(prompts: Sequence[Prompt], most: int) -> list[Prompt]:
    """Return at most `most` prompts, safe and unsafe ones in turn where there are both."""
    kinds = [
        chosen([prompt for prompt in prompts if prompt.unsafe is unsafe], most, lambda prompt: prompt.text)
        for unsafe in (True, False)
    ]
    longest = max(map(len, kinds))
    return [kind[place] for place in range(longest) for kind in kinds if place < len(kind)][:most]


def named(prompts: Sequence[Prompt]) -> str:
    """Return what names these prompts."""
    return digest_of(f"{prompt.unsafe} {prompt.text}" for prompt in prompts)
