"""How texts of tests feel: by a few words, with the probabilities of negative, neutral and positive."""

import re
from typing import Any

FEELINGS = {
    "awful": ((0.96, 0.03, 0.01), "negative"),
    "bad": ((0.70, 0.20, 0.10), "negative"),
    "great": ((0.01, 0.03, 0.96), "positive"),
    "hm": ((0.45, 0.35, 0.20), "unsure"),
}
NEUTRAL = ((0.05, 0.90, 0.05), "neutral")


def feeling_of(text: str) -> tuple[tuple[float, float, float], str]:
    """Return the probabilities and the label of a text."""
    return next((feeling for word, feeling in FEELINGS.items() if word in text.lower()), NEUTRAL)


def classified(body: dict[str, Any]) -> dict[str, Any]:
    """Return what `/v1/classify` answers to a request; the feeling words pull, the others do not."""
    texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
    data = [_row(index, text, body.get("explain", False)) for index, text in enumerate(texts)]
    return {"object": "list", "model": "sentiment@1", "languages": ["en", "zh"], "data": data, "usage": {}}


def _row(index: int, text: str, explain: bool) -> dict[str, Any]:
    probabilities, label = feeling_of(text)
    row: dict[str, Any] = {"index": index, "label": label, "probs": probabilities, "num_classes": 3}
    if explain:
        score = probabilities[2] - probabilities[0]
        words = list(re.finditer(r"\w+", text))
        felt = [word for word in words if word[0].lower() in FEELINGS]
        row["baseline"] = 0.0 if felt else score
        row["words"] = [
            {
                "start": word.start(),
                "end": word.end(),
                "text": word[0],
                "pull": score / len(felt) if word in felt else 0.0,
            }
            for word in words
        ]
    return row
