"""A hundred days of made-up conversations on five sites, for measuring how fast figures are counted and read.

Import it after `django.setup()`.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from accounts.models import Membership, Site, User
from benchmarks.inbox import A_CONVERSATION, SITES, line
from benchmarks.rows import analyze, insert, public_id, without_word_index
from chatbot.conversations.models import (
    Conversation,
    ConversationEvent,
    Message,
    MessageSentiment,
    ReplyTrace,
    Visitor,
)
from chatbot.operators.models import Label
from chatbot.prompts.models import PromptVersion

DAYS = 100
# Seconds from one message to the next.
_PAUSE = 40
_KINDS = ["checked"] * 5 + ["quoted"] * 3 + ["unknown", "small_talk"]
_FEELINGS = ["neutral"] * 6 + ["positive"] * 2 + ["negative", "unsure"]
_MODELS = ["small@1"] * 3 + ["small@2", ""]
_LANGUAGES = ["en"] * 7 + ["zh-hans"] * 2 + [""]
_RATINGS = [None] * 9 + [5, 4, 4, 2]


@dataclass(frozen=True)
class Made:
    """One conversation; its number, from 1, is its key."""

    number: int
    site_id: int
    visitor: int
    began: datetime
    # Somebody of the staff takes its second half over.
    is_handed_over: bool

    def moment(self, place: int) -> datetime:
        """Return when its message at a place, from 0, was written."""
        return self.began + timedelta(seconds=_PAUSE * place)

    def key(self, place: int) -> int:
        """Return the key of that message."""
        return (self.number - 1) * A_CONVERSATION + place + 1


def fill(messages: int, newest: datetime) -> None:
    """Make so many messages, the last ones shortly before `newest`; with the same seed the same ones."""
    chance = random.Random(7)
    sites = [Site.objects.create(name=key, public_key=key) for key in SITES]
    person = User.objects.create_user("bench-operator", is_staff=True)
    for site in sites:
        Membership.objects.create(user=person, site=site, role=Membership.Role.OPERATOR)
    prompts = {
        site.pk: [PromptVersion.objects.write(site, f"Be kind, {number}.").pk for number in range(3)]
        for site in sites
    }
    made = list(_conversations(messages // A_CONVERSATION, [site.pk for site in sites], newest, chance))
    with without_word_index():
        insert(Visitor, _visitors(made))
        insert(Conversation, (_conversation(one, chance) for one in made))
        insert(Message, (message for one in made for message in _messages(one, person.pk, chance)))
        insert(ReplyTrace, (trace for one in made for trace in _traces(one, prompts[one.site_id], chance)))
        insert(MessageSentiment, (felt for one in made for felt in _sentiments(one, chance)))
        insert(ConversationEvent, (event for one in made for event in _events(one)))
    for site in sites:
        own = [one.number for one in made if one.site_id == site.pk]
        for name in ("refund", "vip", "保修"):
            label = Label.objects.create(site=site, name=name)
            label.conversations.add(*chance.sample(own, len(own) // 10))
    analyze()


def _conversations(count: int, sites: list[int], newest: datetime, chance: random.Random) -> Iterator[Made]:
    last: dict[int, int] = {}
    visitor = 0
    for number in range(1, count + 1):
        site_id = chance.choices(sites, weights=list(SITES.values()))[0]
        # One in five comes from somebody who was here lately.
        if site_id not in last or chance.random() < 0.8:
            visitor += 1
            last[site_id] = visitor
        began = newest - timedelta(days=DAYS) * ((count - number + 1) / count)
        yield Made(number, site_id, last[site_id], began, chance.random() < 0.08)


def _visitors(made: list[Made]) -> Iterator[Visitor]:
    for one in {one.visitor: one for one in reversed(made)}.values():
        yield Visitor(
            id=one.visitor,
            public_id=public_id(one.visitor),
            site_id=one.site_id,
            secret_hash=public_id(one.visitor) * 2,
            created_at=one.began,
        )


def _conversation(one: Made, chance: random.Random) -> Conversation:
    is_closed = one.is_handed_over or chance.random() < 0.6
    end = one.moment(A_CONVERSATION)
    return Conversation(
        id=one.number,
        public_id=public_id(one.number),
        site_id=one.site_id,
        visitor_id=one.visitor,
        status="closed" if is_closed else "open",
        closed_at=end if is_closed else None,
        rating=chance.choice(_RATINGS) if is_closed else None,
        language=chance.choice(_LANGUAGES),
        last_seq=A_CONVERSATION,
        message_total=A_CONVERSATION,
        newest_line=line(chance),
        newest_author="visitor",
        created_at=one.began,
        updated_at=end,
    )


def _messages(one: Made, operator: int, chance: random.Random) -> Iterator[Message]:
    for place in range(A_CONVERSATION):
        is_answer = place % 2 == 1
        is_operator = is_answer and one.is_handed_over and place > A_CONVERSATION // 2
        fails = is_answer and not is_operator and chance.random() < 0.02
        yield Message(
            id=one.key(place),
            public_id=public_id(one.key(place)),
            conversation_id=one.number,
            author="operator" if is_operator else "assistant" if is_answer else "visitor",
            operator_id=operator if is_operator else None,
            text=line(chance),
            status="failed" if fails else "completed",
            feedback=chance.choice(["up", "down"]) if is_answer and chance.random() < 0.05 else "",
            created_at=one.moment(place),
            finished_at=one.moment(place) if is_answer else None,
        )


def _traces(one: Made, prompts: list[int], chance: random.Random) -> Iterator[ReplyTrace]:
    prompt = chance.choice(prompts)
    for place in range(1, A_CONVERSATION, 2):
        if one.is_handed_over and place > A_CONVERSATION // 2:
            return
        yield ReplyTrace(
            id=one.key(place),
            message_id=one.key(place),
            prompt_version_id=prompt,
            language_model=chance.choice(_MODELS),
            kind=chance.choice(_KINDS),
            queued_ms=round(chance.expovariate(1 / 20)),
            first_token_ms=round(chance.lognormvariate(6, 0.8)),
        )


def _sentiments(one: Made, chance: random.Random) -> Iterator[MessageSentiment]:
    for place in range(0, A_CONVERSATION, 2):
        yield MessageSentiment(
            id=one.key(place),
            message_id=one.key(place),
            negative=0.2,
            neutral=0.5,
            positive=0.3,
            label=chance.choice(_FEELINGS),
            corrected_label=chance.choice(_FEELINGS) if chance.random() < 0.01 else "",
            updated_at=one.moment(place),
        )


def _events(one: Made) -> Iterator[ConversationEvent]:
    if not one.is_handed_over:
        return
    begin = A_CONVERSATION // 2
    for seq, (kind, turn) in enumerate(
        (("handoff.requested", "waiting"), ("operator.joined", "operator")), 1
    ):
        yield ConversationEvent(
            id=one.number * 2 + seq,
            conversation_id=one.number,
            seq=seq,
            kind=kind,
            payload={"turn": turn},
            created_at=one.moment(begin),
        )
