"""What happens in a conversation of the demo history, by chance and within reason."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from chatbot.conversations.models import Conversation, Message, ReplyTrace
from chatbot.knowledge.models import Document
from chatbot.monitoring.demo_history.answers import Answers
from chatbot.monitoring.demo_history.marking import OPERATORS
from chatbot.monitoring.demo_history.shape import Outage
from chatbot.monitoring.demo_history.talk import NotYet, Talk
from chatbot.monitoring.demo_history.texts import Texts, Theme
from chatbot.prompts.models import PromptVersion

Kind = ReplyTrace.Kind
Reason = Conversation.Reason

_REPLIES = {
    "en": (
        "Demo reply: thank you for waiting. I have looked it up for you.",
        "Demo reply: I have put it right, and you get a mail about it.",
        "Demo reply: is there anything else?",
    ),
    "zh": (
        "示例回复：感谢您的耐心等待，我已经为您查询。",
        "示例回复：已经处理好了。",
        "示例回复：还有什么可以帮您？",
    ),
}
_DIALOGUES = 0.06
_OUT_OF_SCOPE = 0.07
_KINDS = {Kind.CURATED: 30, Kind.QUOTED: 30, Kind.CHECKED: 34, Kind.UNKNOWN: 6}
_ANGRY = {False: 0.09, True: 0.7}
_OFFICE_HOURS = range(8, 19)
_DAY_SECONDS = 86_400.0
# Flattens the head of the distribution of themes.
_HEAD = 4
_RISE = 7.0


@dataclass(frozen=True)
class Stage:
    """What all conversations share: `themes` by language, the most frequent first; `rising` ones of late."""

    texts: Texts
    themes: dict[str, Sequence[Theme]]
    rising: frozenset[str]
    rises_at: datetime
    outage: Outage
    zone: ZoneInfo
    documents: dict[str, Document]
    prompts: tuple[PromptVersion, PromptVersion]
    prompt_changes_at: datetime
    model_changes_at: datetime


def play(talk: Talk, stage: Stage, language: str, rng: random.Random) -> None:
    """Let the conversation happen, in "en" or "zh", as far as the present."""
    try:
        _Play(talk, stage, language, rng).begin()
    except NotYet:
        return


class _Play:
    def __init__(self, talk: Talk, stage: Stage, language: str, rng: random.Random) -> None:
        self._talk, self._stage, self._language, self._rng = talk, stage, language, rng
        self._answers = Answers(stage, rng)
        self._is_outage = stage.outage.holds(talk.now)
        self._failed = 0
        self._is_happy = True

    def begin(self) -> None:
        """Let everything happen, from the first question to the rating."""
        if self._language == "en" and self._chance(_DIALOGUES):
            self._dialogue(self._rng.choice(self._stage.texts.dialogues))
        else:
            self._questions()
        if self._chance(_ANGRY[self._is_outage]):
            self._complain()
        elif self._failed > 1:
            self._person(Reason.FAILED_ANSWERS)
        elif self._chance(0.05):
            self._person(Reason.VISITOR)
        elif self._chance(0.15):
            self._say_mood(self._stage.texts.glad)
        self._end()

    def _dialogue(self, turns: Sequence[str]) -> None:
        pairs = list(zip(turns[::2], turns[1::2], strict=True))
        for place, (question, answer) in enumerate(pairs, 1):
            # All of them end with thanks.
            kind = Kind.FREE if place < len(pairs) else Kind.SMALL_TALK
            self._exchange(question, answer, kind, None)

    def _questions(self) -> None:
        theme = self._theme()
        for _turn in range(self._rng.choices((1, 2, 3), (6, 3, 1))[0]):
            if self._language == "en" and self._chance(_OUT_OF_SCOPE):
                self._exchange(self._rng.choice(self._stage.texts.unknown), "", Kind.UNKNOWN, theme)
                continue
            kind = self._rng.choices(tuple(_KINDS), tuple(_KINDS.values()))[0]
            self._exchange(self._rng.choice(theme.questions), theme.answer, kind, theme)
            if self._chance(0.3):
                theme = self._theme()

    def _theme(self) -> Theme:
        themes = self._stage.themes[self._language]
        # As words do: the second half as often as the first, the third a third (G. K. Zipf, 1949).
        weights = [self._rise(theme.name) / (rank + _HEAD) for rank, theme in enumerate(themes)]
        return self._rng.choices(themes, weights)[0]

    def _rise(self, name: str) -> float:
        stage = self._stage
        return _RISE if name in stage.rising and self._talk.now >= stage.rises_at else 1.0

    def _exchange(self, text: str, answer: str, kind: Kind, theme: Theme | None) -> None:
        """Let the visitor ask, the assistant answer or fail, and the visitor judge it now and then."""
        question = self._talk.ask(text)
        facts: dict[str, Any] = self._answers.facts(
            kind, theme, self._language, self._talk.now, is_outage=self._is_outage
        )
        words = self._answers.words(answer, kind, theme, self._language)
        reply = self._talk.answer(question, words, **facts)
        self._failed = self._failed + 1 if reply.status == Message.Status.FAILED else 0
        if reply.status == Message.Status.COMPLETED and self._chance(0.22):
            is_good = self._chance(0.15 if kind == Kind.UNKNOWN else 0.78)
            self._is_happy = is_good
            self._talk.wait(self._rng.uniform(4, 30))
            self._talk.rate_answer(reply, Message.Feedback.UP if is_good else Message.Feedback.DOWN)
        self._talk.wait(self._rng.uniform(8, 120))

    def _say_mood(self, moods: dict[str, tuple[str, ...]]) -> Message:
        return self._talk.ask(self._rng.choice(moods[self._language]))

    def _complain(self) -> None:
        """Let the visitor be angry; half of them get to a person, the others an answer that does not help."""
        self._is_happy = False
        message = self._say_mood(self._stage.texts.angry)
        if self._chance(0.5) or self._is_outage:
            self._person(Reason.SENTIMENT)
            return
        facts = self._answers.facts(
            Kind.UNKNOWN, None, self._language, self._talk.now, is_outage=self._is_outage
        )
        self._talk.answer(message, self._answers.words("", Kind.UNKNOWN, None, self._language), **facts)
        self._talk.wait(self._rng.uniform(5, 60))

    def _person(self, reason: Reason) -> None:
        """Let a person be asked for, who comes sooner in office hours, or never."""
        self._talk.want_person(reason)
        if self._chance(0.15):
            # The visitor leaves, and nobody has answered.
            raise NotYet
        name = self._rng.choice(OPERATORS)
        is_open = self._talk.now.astimezone(self._stage.zone).hour in _OFFICE_HOURS
        mean = (900.0 if self._is_outage else 240.0) if is_open else 6 * 3600.0
        self._talk.wait(min(20 + self._rng.expovariate(1 / mean), _DAY_SECONDS))
        self._talk.join(name)
        replies = _REPLIES[self._language]
        for text in replies[: self._rng.choices((1, 2, 3), (3, 4, 3))[0]]:
            self._talk.wait(self._rng.uniform(15, 150))
            self._talk.reply(name, text)
        self._is_happy = self._chance(0.75)
        if self._is_happy and self._chance(0.5):
            self._talk.wait(self._rng.uniform(10, 90))
            self._say_mood(self._stage.texts.glad)
        self._talk.wait(self._rng.uniform(30, 900))
        if self._chance(0.2):
            self._talk.hand_back(name)
        else:
            self._close("operator")

    def _end(self) -> None:
        is_open = self._talk.conversation.status == Conversation.Status.OPEN
        if is_open and self._talk.conversation.assistant_answers and self._chance(0.5):
            self._talk.wait(self._rng.uniform(5, 60))
            self._close("visitor")

    def _close(self, by: str) -> None:
        self._talk.close(by)
        if self._chance(0.35):
            self._talk.wait(self._rng.uniform(3, 40))
            weights = (2, 3, 10, 35, 50) if self._is_happy else (40, 25, 20, 10, 5)
            self._talk.rate(self._rng.choices((1, 2, 3, 4, 5), weights)[0])

    def _chance(self, share: float) -> bool:
        return self._rng.random() < share
