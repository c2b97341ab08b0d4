"""What the assistant says in the demo history, and the trace of how it would have come about."""

import random
from datetime import datetime
from typing import Any, Protocol

from chatbot.conversations.models import ReplyTrace
from chatbot.knowledge.models import Document
from chatbot.monitoring.demo_history.marking import MODELS
from chatbot.monitoring.demo_history.texts import Theme
from chatbot.prompts.models import PromptVersion

Kind = ReplyTrace.Kind

_PLAIN = {
    "en": "Demo answer: what the site's knowledge says about “{name}” would stand here.",
    "zh": "示例回答：这里会是关于“{name}”的内容。",
}
_WITH_TEXT = {"en": "Demo answer: {text}", "zh": "示例回答：{text}"}
_UNKNOWN = {"en": "Demo answer: I do not know that.", "zh": "示例回答：这个我不知道。"}
_LOW, _STRONG = 0.35, 0.75
_FAILING = 0.75
# Medians of the time to the first token in milliseconds: without the model, and with each of the two.
_WITHOUT_MODEL_MS, _WITH_MODEL_MS = 90, (420, 260)
_OUTAGE_MS = 14_000


class Known(Protocol):
    """What an answer refers to; `Stage` is one."""

    @property
    def documents(self) -> dict[str, Document]: ...
    @property
    def prompts(self) -> tuple[PromptVersion, PromptVersion]: ...
    @property
    def prompt_changes_at(self) -> datetime: ...
    @property
    def model_changes_at(self) -> datetime: ...


class Answers:
    """The answers of one conversation."""

    def __init__(self, known: Known, rng: random.Random) -> None:
        self._known, self._rng = known, rng

    def words(self, answer: str, kind: Kind, theme: Theme | None, language: str) -> str:
        """Return the answer's text, which says that it is none."""
        if kind == Kind.UNKNOWN:
            return _UNKNOWN[language]
        if answer:
            return _WITH_TEXT[language].format(text=answer)
        return _PLAIN[language].format(name=theme.name if theme else "")

    def facts(
        self, kind: Kind, theme: Theme | None, language: str, now: datetime, *, is_outage: bool
    ) -> dict[str, Any]:
        """Return timings, versions and passages of an answer asked for at `now`, as for `Talk.answer`."""
        asks_model = kind in (Kind.CHECKED, Kind.FREE)
        newer = now >= self._known.model_changes_at
        fails = is_outage and self._rng.random() < _FAILING
        median = _WITH_MODEL_MS[newer] if asks_model else _WITHOUT_MODEL_MS
        first_token_ms = round(self._rng.lognormvariate(0, 0.45) * (_OUTAGE_MS if is_outage else median))
        writing_ms = 900 * self._rng.lognormvariate(0, 0.4) if asks_model else self._rng.uniform(5, 30)
        passages = self._passages(kind, theme)
        facts: dict[str, Any] = {
            "kind": kind,
            "mode": "checked",
            "language": language,
            "prompt_version": self._known.prompts[now >= self._known.prompt_changes_at],
            "first_token_ms": first_token_ms,
            "total_ms": first_token_ms + round(writing_ms),
            "queued_ms": round(first_token_ms * self._rng.uniform(0.02, 0.2)),
            "timings": {
                "encode": round(self._rng.uniform(18, 45), 2),
                "search": round(self._rng.uniform(1, 9), 2),
            },
            "passages": passages,
            "low": _LOW,
            "strong": _STRONG,
        }
        if theme is not None:
            spread = (0.02, _LOW) if kind == Kind.UNKNOWN else (_LOW, 0.98)
            facts["confidence"] = round(self._rng.uniform(*spread), 3)
        if asks_model:
            facts |= {
                "language_model": MODELS[newer],
                "prompt_tokens": self._rng.randrange(180, 900),
                "completion_tokens": self._rng.randrange(12, 120),
                "finish_reason": "stop",
            }
        if fails:
            return facts | {"error": "model_unavailable"}
        facts["sources"] = [
            {"number": number, "title": each["title"], "url": each["url"], "related": False}
            for number, each in enumerate(passages, 1)
            if each["cited"]
        ]
        return facts

    def _passages(self, kind: Kind, theme: Theme | None) -> list[dict[str, Any]]:
        document = self._known.documents.get(theme.name) if theme else None
        if document is None:
            return []
        others = self._rng.sample(list(self._known.documents.values()), 2)
        found = [document, *(other for other in others if other != document)]
        scores = sorted((round(self._rng.uniform(0.3, 0.95), 3) for _each in found), reverse=True)
        return [
            {
                "passage": each.public_id,
                "document": each.public_id,
                "title": each.title,
                "url": "",
                "heading": "",
                "question": "",
                "text": each.text,
                "vector": score,
                "lexical": 0.0,
                "score": score,
                "cited": each == document and kind != Kind.UNKNOWN,
                "related": False,
            }
            for each, score in zip(found, scores, strict=True)
        ]
