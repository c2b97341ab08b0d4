"""Knowledge bases of many kinds with questions that they answer and questions that they do not."""

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from chatbot.knowledge.text_retriever import TextPassage
from chatbot.knowledge.tuning.datasets import Data, Labelled, Reading

Item = TypeVar("Item")

# Questions of each kind in one scenario at most, so that no set drowns the others.
AT_MOST = 600
_HARD = 0.1


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the passages that answer it; none where the knowledge base does not answer it."""

    text: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A knowledge base with questions; `family` is the set that it is made of."""

    name: str
    family: str
    passages: list[TextPassage]
    asked: list[Asked]
    language: str = "en"
    # Whether weights are chosen on it; whether its share of refusals is held; whether what is not answered
    # comes from the same set, where much of it nearly is.
    is_ranked: bool = False
    is_target: bool = False
    is_near: bool = False
    # Little where no judge can tell the questions apart well, so that it spoils none that can.
    weight: float = 1.0


def scenarios(data: Data) -> list[Scenario]:
    """Return all scenarios, the same at every call."""
    return [
        *_clinc(data),
        *_banking(data),
        *_small(data),
        *_covid(data),
        *_reading(
            "xquad_en", "en", data.xquad_en, data.xquad_en, [text for text, _question in data.paraphrases]
        ),
        *_reading("xquad_zh", "zh", data.xquad_zh, data.xquad_zh, data.cmrc.questions),
        *_reading("xquad_zh_en", "zh", data.xquad_zh, data.xquad_en, data.cmrc.questions),
        *_reading("cmrc", "zh", data.cmrc, data.cmrc, data.xquad_zh.questions),
        *_translated(data),
        *_few_translated(data),
        *_in_both(data),
    ]


def _clinc(data: Data) -> Iterator[Scenario]:
    intents = sorted(set(data.clinc.intents))
    for count in (100, 20, 5, 1):
        passages = _phrasings(data.clinc, intents, count)
        for grouped in (False, True):
            yield Scenario(
                f"clinc {count} phrasings{' grouped' if grouped else ''}",
                "clinc",
                passages if grouped else [TextPassage(p.id, p.text) for p in passages],
                _in_scope(data.clinc_questions, intents, passages)
                + [Asked(text, frozenset()) for text in data.out_of_scope],
                is_target=count > 1,
                weight=1.0 if count > 1 else _HARD,
            )
    known = intents[::3]
    passages = _phrasings(data.clinc, known, 10)
    others = _sample([t for t, i in _pairs(data.clinc_questions) if i not in known], AT_MOST // 2, "others")
    yield Scenario(
        "clinc a third of the intents",
        "clinc",
        passages,
        _in_scope(data.clinc_questions, known, passages) + [Asked(t, frozenset()) for t in others],
        is_near=True,
        weight=_HARD,
    )


def _banking(data: Data) -> Iterator[Scenario]:
    intents = sorted(set(data.banking.intents))
    known = [intent for place, intent in enumerate(intents) if place % 4]
    half = Labelled(data.banking.texts[::2], data.banking.intents[::2])
    asked = Labelled(data.banking.texts[1::2], data.banking.intents[1::2])
    far = _sample(data.clinc_questions.texts, AT_MOST // 4, "far")
    near = _sample([t for t, i in _pairs(asked) if i not in known], AT_MOST // 4, "near")
    for count in (40, 8, 1):
        passages = _phrasings(half, known, count)
        yield Scenario(
            f"banking {count} phrasings",
            "banking",
            passages,
            _in_scope(asked, known, passages) + [Asked(t, frozenset()) for t in far + near],
            is_ranked=count > 1,
            is_near=True,
            weight=1.0 if count > 1 else _HARD,
        )


def _small(data: Data) -> Iterator[Scenario]:
    """A dozen things of all kinds, asked in one or three ways: what a shop types in on its first day."""
    others = data.xquad_en.questions + [text for text, _question in data.paraphrases]
    for name, known, asked, far in (
        ("clinc", data.clinc, data.clinc_questions, data.out_of_scope + _sample(others, 100, "clinc")),
        (
            "banking",
            Labelled(data.banking.texts[::2], data.banking.intents[::2]),
            Labelled(data.banking.texts[1::2], data.banking.intents[1::2]),
            data.out_of_scope + _sample(others, 100, "banking"),
        ),
    ):
        for draw, count in ((1, 1), (2, 1), (3, 1), (4, 3)):
            intents = _sample(sorted(set(known.intents)), 12, f"{name} {draw}")
            passages = _phrasings(known, intents, count)
            yield Scenario(
                f"twelve of {name} {draw}",
                "small",
                passages,
                _in_scope(asked, intents, passages) + [Asked(text, frozenset()) for text in far],
                is_target=True,
            )


def _covid(data: Data) -> Iterator[Scenario]:
    far = _sample(data.banking.texts + data.clinc_questions.texts + data.xquad_en.questions, 200, "covid")
    for name, kept in (("all", data.faq), ("half", data.faq[::2]), ("ten", data.faq[::20])):
        yield Scenario(
            f"covid {name}",
            "covid",
            [TextPassage(question, "", question=question) for question in kept],
            [Asked(text, frozenset({question} & set(kept))) for text, question in data.paraphrases]
            + [Asked(text, frozenset()) for text in far],
            is_ranked=name == "all",
            is_near=name != "all",
            weight=_HARD if name == "half" else 1.0,
        )


def _reading(
    family: str, language: str, asked: Reading, read: Reading, far: Sequence[str]
) -> Iterator[Scenario]:
    for name, step in (("all", 1), ("half", 2), ("ten", max(2, len(read.passages) // 10))):
        kept = {place for place in range(len(read.passages)) if read.articles[place] % 2 == 0 or step == 1}
        if step > 2:
            kept = set(sorted(kept)[:: max(1, len(kept) // 10)][:10])
        pairs = list(zip(asked.questions, asked.places, strict=True))
        inside = _sample([p for p in pairs if p[1] in kept], AT_MOST, name)
        outside = _sample([p for p in pairs if p[1] not in kept], AT_MOST // 2, name)
        yield Scenario(
            f"{family} {name}",
            family,
            [TextPassage(str(place), read.passages[place]) for place in sorted(kept)],
            [Asked(text, frozenset({str(place)})) for text, place in inside]
            + [Asked(text, frozenset()) for text, _place in outside]
            + [Asked(text, frozenset()) for text in _sample(list(far), 100, name)],
            language=language,
            is_ranked=name == "all" and asked is read,
        )


def _translated(data: Data) -> Iterator[Scenario]:
    """Questions to a list of those in the other language: each is the translation of one, half are not there,
    although their neighbours are."""
    chinese, english = data.xquad_zh.questions, data.xquad_en.questions
    for name, asked, listed in (("", chinese, english), (" back", english, chinese)):
        pairs = list(zip(asked, listed, strict=True))
        kept = {there for _here, there in pairs[::2]}
        yield Scenario(
            f"xquad questions translated{name}",
            "translated",
            _listed(kept),
            [Asked(here, frozenset({there} & kept)) for here, there in _sample(pairs, AT_MOST, name or "zh")],
            is_near=True,
        )


def _few_translated(data: Data) -> Iterator[Scenario]:
    """The same with a dozen questions from all over, several times, and questions from elsewhere."""
    chinese, english = data.xquad_zh.questions, data.xquad_en.questions
    elsewhere = data.out_of_scope + data.banking.texts + data.clinc_questions.texts
    for name, asked, listed, others in (
        ("", chinese, english, data.cmrc.questions),
        (" back", english, chinese, elsewhere),
    ):
        for draw in range(12):
            few = _sample(list(zip(asked, listed, strict=True)), 12, f"few{name} {draw}")
            yield Scenario(
                f"twelve translated{name} {draw}",
                "translated",
                _listed({there for _here, there in few}),
                [Asked(here, frozenset({there})) for here, there in few]
                + [Asked(text, frozenset()) for text in _sample(others, 24, f"far{name} {draw}")],
            )


def _in_both(data: Data) -> Iterator[Scenario]:
    """A dozen questions in two languages, and questions from elsewhere, which none of them answers."""
    pairs = list(zip(data.xquad_zh.questions, data.xquad_en.questions, strict=True))
    elsewhere = data.out_of_scope + data.banking.texts + data.clinc_questions.texts
    for draw in range(8):
        few = _sample(pairs, 12, f"both {draw}")
        others = _sample(elsewhere, 24, f"far both {draw}") + _sample(data.cmrc.questions, 24, f"both {draw}")
        yield Scenario(
            f"twelve in both {draw}",
            "both",
            _listed({text for pair in few for text in pair}),
            [Asked(text, frozenset()) for text in others],
        )


def _listed(questions: Iterable[str]) -> list[TextPassage]:
    """Return passages that are questions of curated answers."""
    return [TextPassage(text, "", question=text) for text in sorted(questions)]


def _phrasings(labelled: Labelled, intents: Sequence[str], count: int) -> list[TextPassage]:
    """Up to `count` passages for each intent, which is their common answer."""
    passages: list[TextPassage] = []
    for intent in intents:
        texts = sorted({text for text, other in _pairs(labelled) if other == intent})
        for text in _sample(texts, count, intent):
            passages.append(TextPassage(f"{intent}/{len(passages)}", text, answer=intent))
    return passages


def _in_scope(labelled: Labelled, intents: Sequence[str], passages: Sequence[TextPassage]) -> list[Asked]:
    ids: dict[str, set[str]] = {}
    for passage in passages:
        ids.setdefault(passage.answer, set()).add(passage.id)
    known = set(intents)
    chosen = _sample([pair for pair in _pairs(labelled) if pair[1] in known], 2 * AT_MOST, "in scope")
    return [Asked(text, frozenset(ids[intent])) for text, intent in chosen]


def _pairs(labelled: Labelled) -> list[tuple[str, str]]:
    return list(zip(labelled.texts, labelled.intents, strict=True))


def _sample(items: Sequence[Item], count: int, seed: str) -> list[Item]:
    return random.Random(seed).sample(list(items), min(count, len(items)))
