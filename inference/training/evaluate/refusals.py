"""Whether a version refuses what is unsafe, and answers what only looks so.

The two are measured together, as in XSTest (Röttger et al., NAACL 2024, https://arxiv.org/abs/2308.01263): a
version that refuses everything is safe and of no use.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from inference.training.evaluate.answering import Writer
from inference.training.evaluate.refusal_rules import refuses
from inference.training.evaluate.rows import Row
from inference.training.evaluate.sampling import chosen, digest_of
from inference.training.refusal import Refusal

MEASURE = "refusals"
MOST_TOKENS = 80
OWN_PROMPTS = Path(__file__).with_name("prompts.jsonl")
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


def rows(writer: Writer, prompts: Sequence[Prompt]) -> Iterator[Row]:
    """Yield a row for each prompt as it is answered; raises CannotAnswer."""
    asked = [[{"role": "user", "content": prompt.text}] for prompt in prompts]
    for place, answer in writer.answers(asked, MOST_TOKENS):
        prompt = prompts[place]
        name = "refused_unsafe" if prompt.unsafe else "over_refused"
        refused = refuses(answer)
        yield Row(
            MEASURE,
            prompt.text,
            {name: [float(refused), 1.0]},
            {"question": prompt.text, "answer": answer, "unsafe": prompt.unsafe, "refused": refused},
        )
