"""Made-up histories of a site: what visitors, the assistant and operators do, in any order, at any time.

Everything happens through the functions that the product itself uses.
"""

from contextlib import suppress
from random import Random

from django.test import RequestFactory

from accounts.models import Site, User
from chatbot.conversations import closing, erasure, handover, leases, posting, visiting
from chatbot.conversations.models import (
    Conversation,
    HandoffSettings,
    Message,
    MessageSentiment,
    ReplyTrace,
    Visitor,
)
from chatbot.conversations.refusals import NotYourTurn, Refused
from chatbot.conversations.replies import _begin, _finish
from chatbot.operators.actions import set_labels
from chatbot.operators.models import Label
from chatbot.prompts.models import PromptVersion
from tests.chatbot.analytics.clocks import Clock

_OUTCOMES = ["completed"] * 6 + ["failed", "stopped"]
_KINDS = ["checked", "quoted", "checked", "small_talk", "unknown", ""]
_FEELINGS = list(MessageSentiment.Label.values)
_ZONES = ("Europe/Berlin", "Asia/Kolkata", "Pacific/Auckland")


class History:
    """What happens on `site`, as `chance` has it; every act is at the clock's moment."""

    def __init__(self, site: Site, operator: User, clock: Clock, chance: Random) -> None:
        self.site, self.operator, self.clock, self.chance = site, operator, clock, chance
        self.acts = (
            *[self.ask] * 8,
            *[self.answer] * 8,
            *[self.feel] * 3,
            *[self.rest] * 6,
            self.thumb,
            self.regenerate,
            self.call_person,
            self.take_over,
            self.reply,
            self.reply,
            self.hand_back,
            self.close,
            self.rate,
            self.reopen,
            self.merge,
            self.label,
            self.speak_otherwise,
            self.correct,
        )
        self.numbers = 0

    def go_on(self, acts: int) -> None:
        """Let so many things happen; what the product refuses does not."""
        for _ in range(acts):
            with suppress(Refused, NotYourTurn):
                self.chance.choice(self.acts)()

    def rest(self) -> None:
        """Seconds pass, or days."""
        self.clock.pass_by(seconds=self.chance.choice([5, 60, 400, 3000, 20_000, 90_000, 200_000]))

    def ask(self) -> None:
        visitors = list(Visitor.objects.filter(site=self.site).order_by("pk"))
        own = self._one(visitors, chance_of_none=0.4)
        visitor = own or Visitor.objects.register(self.site)[0]
        conversations = list(visitor.conversations.order_by("pk"))
        old = self._one(conversations, chance_of_none=0.3)
        language = self.chance.choice(["en", "zh-hans", ""])
        key = posting.open_conversation(visitor, old.public_id if old else None, language)
        self.clock.pass_by(seconds=1)
        self.numbers += 1
        posting.send(visitor, key, f"c{self.numbers}", "Where is my lamp?")

    def answer(self) -> None:
        for lease in leases.claim(1):
            draft = _begin(lease)
            if draft is None:
                return
            self.clock.pass_by(seconds=self.chance.choice([0.5, 3]))
            draft.text = self.chance.choice(["Here.", "Here.", ""])
            draft.first_token_ms = self.chance.choice([None, 0, 3, 450, 20_000])
            draft.account.kind = self.chance.choice(_KINDS)  # type: ignore[assignment]
            _finish(lease, draft, Message.Status(self.chance.choice(_OUTCOMES)), "")
            model = self.chance.choice(["", "small@1", "large@2"])
            ReplyTrace.objects.filter(message=draft.pk).update(language_model=model)
            lease.release()

    def regenerate(self) -> None:
        if conversation := self._conversation():
            answer = conversation.messages.filter(author="assistant").last()
            if answer is not None:
                posting.regenerate(conversation.visitor, conversation.public_id, answer.public_id)

    def thumb(self) -> None:
        answers = Message.objects.filter(conversation__site=self.site, author="assistant").order_by("pk")
        if answer := self._one(list(answers)):
            conversation = answer.conversation
            thumb = self.chance.choice(["up", "down", None])
            posting.rate(conversation.visitor, conversation.public_id, answer.public_id, thumb)

    def feel(self) -> None:
        """A message is scored, perhaps long after it was written."""
        lacking = Message.objects.filter(conversation__site=self.site, author="visitor", sentiment=None)
        if message := self._one(list(lacking.order_by("pk"))):
            label = self.chance.choice(_FEELINGS)
            MessageSentiment.objects.create(message=message, negative=0, neutral=0, positive=0, label=label)

    def correct(self) -> None:
        sentiments = MessageSentiment.objects.filter(message__conversation__site=self.site)
        if sentiment := self._one(list(sentiments.order_by("pk"))):
            sentiment.corrected_label = self.chance.choice(_FEELINGS)
            sentiment.save()

    def call_person(self) -> None:
        if conversation := self._conversation():
            wanted = self.chance.random() < 0.7
            visiting.ask_for_person(conversation.visitor, conversation.public_id, wanted)

    def take_over(self) -> None:
        if conversation := self._conversation():
            handover.take_over(conversation, self.operator)

    def reply(self) -> None:
        if conversation := self._conversation(turn=Conversation.Turn.OPERATOR):
            self.numbers += 1
            handover.reply(conversation, self.operator, "Let me see.", f"o{self.numbers}")

    def hand_back(self) -> None:
        if conversation := self._conversation(turn=Conversation.Turn.OPERATOR):
            handover.hand_back(conversation, self.operator)

    def close(self) -> None:
        if conversation := self._conversation():
            closing.close(conversation, by="visitor")

    def reopen(self) -> None:
        if conversation := self._conversation():
            closing.reopen(conversation, by="operator")

    def rate(self) -> None:
        if conversation := self._conversation(status=Conversation.Status.CLOSED):
            closing.rate(conversation, self.chance.randint(1, 5))

    def merge(self) -> None:
        if conversation := self._conversation():
            others = conversation.visitor.conversations.order_by("pk").exclude(pk=conversation.pk)
            if other := self._one(list(others)):
                closing.merge(conversation, other)

    def label(self) -> None:
        if conversation := self._conversation():
            labels = [label.pk for label in self.site.labels.all() if self.chance.random() < 0.5]
            set_labels(RequestFactory().post("/", {"labels": labels}), conversation)

    def speak_otherwise(self) -> None:
        if conversation := self._conversation():
            language = self.chance.choice(["en", "de", "zh-hans"])
            posting.open_conversation(conversation.visitor, conversation.public_id, language)

    # What is rare, and that a test asks for.

    def erase(self) -> None:
        if visitor := self._one(list(Visitor.objects.filter(site=self.site).order_by("pk"))):
            erasure.erase(visitor)

    def delete_label(self) -> None:
        if label := self._one(list(self.site.labels.all())):
            label.delete()

    def write_prompt(self) -> None:
        self.numbers += 1
        PromptVersion.objects.write(self.site, f"Be kind, {self.numbers}.", override=True)

    def move(self) -> None:
        """The site gets another clock."""
        zone = self.chance.choice(_ZONES)
        HandoffSettings.objects.update_or_create(site=self.site, defaults={"time_zone": zone})

    def make_labels(self) -> None:
        Label.objects.bulk_create([Label(site=self.site, name=name) for name in ("vip", "refund", "lamp")])

    def _conversation(self, **fields: str) -> Conversation | None:
        own = Conversation.objects.filter(site=self.site, **fields).select_related("visitor", "site")
        return self._one(list(own.order_by("pk")))

    def _one(self, rows: list, chance_of_none: float = 0.0):  # type: ignore[no-untyped-def, type-arg]
        if not rows or self.chance.random() < chance_of_none:
            return None
        # Mostly what is new, as in life.
        return rows[-1 - min(int(self.chance.expovariate(0.5)), len(rows) - 1)]
