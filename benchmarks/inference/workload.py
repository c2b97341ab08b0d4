"""The prompts that every engine gets, as tokens made once, so that all of them read the very same."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

Message = dict[str, str]


@dataclass(frozen=True, slots=True)
class Chat:
    """A conversation for a server, and the tokens that the model's template makes of it."""

    messages: list[Message]
    tokens: list[int]


@dataclass(frozen=True, slots=True)
class Workload:
    """What is measured with, for one model.

    `questions` are about 50 tokens long, `grounded` hold a passage of about 300, `retrieved` about 400;
    `conversations` about 1,450 before their answer and `long` 2,000. `prefill` are raw texts of 512 tokens.
    `english` is the text for perplexity. `stop_tokens` end an answer.
    """

    model: str
    stop_tokens: list[int]
    questions: list[Chat]
    grounded: list[Chat]
    retrieved: list[Chat]
    conversations: list[Chat]
    long: list[list[int]]
    prefill: list[list[int]]
    english: list[int]

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self)), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises OSError, or TypeError for a file that holds something else."""
        raw = json.loads(path.read_text(encoding="utf-8"))
        chats = {
            name: [Chat(**chat) for chat in raw[name]]
            for name in ("questions", "grounded", "retrieved", "conversations")
        }
        return cls(**{**raw, **chats})

    def groups(self, streams: int, most: int) -> list[list[list[int]]]:
        """Up to `most` groups of `streams` prompts from the questions, none used twice."""
        prompts = [chat.tokens for chat in self.questions]
        starts = range(0, min(len(prompts) - streams + 1, most * streams), streams)
        return [prompts[start : start + streams] for start in starts]
