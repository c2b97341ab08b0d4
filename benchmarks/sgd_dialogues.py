"""Schema-Guided Dialogues (Rastogi et al. 2020, https://arxiv.org/abs/1909.05855) as data to train on."""

import json
import random
from pathlib import Path
from typing import Any

SGD = Path("../shared/data/sgd")
# So much of the dialogues, whole ones, is held back.
_TEST, _VALIDATION = 0.2, 0.05
_ROLES = {"USER": "user", "SYSTEM": "assistant"}


def write_sgd(folder: Path, sources: Path = SGD, service_turns: int = 2000, seed: int = 1) -> dict[str, int]:
    """Write train, validation and test.jsonl into `folder`; return how many dialogues and answers each has.

    Dialogues are dealt out by chance, each to one file; the first ones to train on, up to `service_turns`
    answers of the service or as many as there are.
    """
    dialogues = [
        dialogue
        for file in sorted(sources.glob("*dialogues_*.json"))
        for dialogue in json.loads(file.read_text(encoding="utf-8"))
    ]
    random.Random(seed).shuffle(dialogues)
    tested, validated = round(len(dialogues) * _TEST), round(len(dialogues) * _VALIDATION)
    parts = {
        "test": dialogues[:tested],
        "validation": dialogues[tested : tested + validated],
        "train": _up_to(dialogues[tested + validated :], service_turns),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, some in parts.items():
        lines = [json.dumps(_chat(dialogue), ensure_ascii=False) for dialogue in some]
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {
        key: count
        for name, some in parts.items()
        for key, count in ((f"{name}_dialogues", len(some)), (f"{name}_answers", sum(map(_answers, some))))
    }


def _up_to(dialogues: list[dict[str, Any]], service_turns: int) -> list[dict[str, Any]]:
    taken, answers = [], 0
    for dialogue in dialogues:
        if answers >= service_turns:
            break
        taken.append(dialogue)
        answers += _answers(dialogue)
    return taken


def _answers(dialogue: dict[str, Any]) -> int:
    return sum(turn["speaker"] == "SYSTEM" for turn in dialogue["turns"])


def _chat(dialogue: dict[str, Any]) -> dict[str, Any]:
    messages = [{"role": _ROLES[turn["speaker"]], "content": turn["utterance"]} for turn in dialogue["turns"]]
    return {"id": dialogue["dialogue_id"], "messages": messages, "language": "en"}
