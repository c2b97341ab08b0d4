"""The numbers of a version, for its card and for comparing it with another one."""

from collections import Counter as Count
from typing import Any

from chatbot.workshop.data_sets.judged_twice import pairs_of
from chatbot.workshop.data_sets.texts import answers_of
from chatbot.workshop.models import PARTS, DataSet, Example


class Counter:
    """Counts the examples of a version as they are written."""

    def __init__(self, data_set: DataSet) -> None:
        self._data_set = data_set
        self._conversations: dict[str, set[str]] = {part: set() for part in PARTS}
        self._languages: dict[str, Count[str]] = {part: Count() for part in PARTS}
        self._synthetic: Count[str] = Count()
        self._sources: Count[int] = Count()
        self._reviews: Count[str] = Count()
        self._sentiments: Count[str] = Count()
        self._intents: Count[str] = Count()
        self._sites: set[int] = set()
        self._answers = self._characters = 0

    @property
    def counts(self) -> dict[str, int]:
        """How many examples each part has."""
        return {part: sum(languages.values()) for part, languages in self._languages.items()}

    def count(self, example: Example, part: str) -> None:
        """Count an example of `part`."""
        self._conversations[part].add(example.group)
        self._languages[part][example.language] += 1
        self._sources[example.source_id] += 1
        self._reviews[example.review] += 1
        if example.synthetic:
            self._synthetic[example.synthetic] += 1
        if example.sentiment:
            self._sentiments[example.sentiment] += 1
        if example.intent:
            self._intents[example.intent] += 1
        if example.site_id is not None:
            self._sites.add(example.site_id)
        answers = answers_of(example.messages)
        self._answers += len(answers)
        self._characters += sum(len(answer) for answer in answers)

    def facts(self, seed: int) -> dict[str, Any]:
        """Return the numbers as they are stored."""
        return {
            "kind": self._data_set.kind,
            "purpose": self._data_set.purpose,
            "seed": seed,
            "only_reviewed": self._data_set.only_reviewed,
            "parts": {
                part: {
                    "examples": self.counts[part],
                    "conversations": len(self._conversations[part]),
                    "languages": dict(self._languages[part].most_common()),
                }
                for part in PARTS
            },
            "sources": [
                {
                    "name": source.name,
                    "kind": source.kind,
                    "licence": source.licence,
                    "sha256": source.sha256,
                    "examples": self._sources[source.pk],
                }
                for source in self._data_set.sources.filter(pk__in=self._sources)
            ],
            "sites": len(self._sites),
            "answers": self._answers,
            "answer_characters": round(self._characters / self._answers) if self._answers else 0,
            "synthetic": dict(self._synthetic),
            "reviews": dict(self._reviews),
            "sentiments": dict(self._sentiments),
            "intents": dict(self._intents.most_common()),
            "cleaning": [
                {
                    "kind": step.kind,
                    "settings": step.settings,
                    **{name: step.report.get(name, 0) for name in ("before", "removed", "changed")},
                }
                for step in self._data_set.steps.filter(is_on=True)
                if step.report
            ],
            "agreement": [
                {
                    "asked": asked,
                    "count": kappa.count,
                    "kappa": round(kappa.kappa, 3),
                    "low": round(kappa.low, 3),
                    "high": round(kappa.high, 3),
                }
                for pair in pairs_of(self._data_set)
                for asked, kappa in pair.by_question.items()
            ],
        }
