"""Writes the demo history into a site."""

import random
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from itertools import zip_longest

from django.db import transaction
from django.utils import timezone

from accounts.models import Site
from chatbot.conversations.models import Conversation, HandoffSettings, ReplyTrace, Visitor
from chatbot.monitoring.demo_history.backdating import create_with_times
from chatbot.monitoring.demo_history.marking import PAGE_TITLE, PAGE_URL, new_marked_id, new_secret_hash
from chatbot.monitoring.demo_history.playing import Stage, play
from chatbot.monitoring.demo_history.shape import beginnings, outage_before
from chatbot.monitoring.demo_history.surroundings import Surroundings, create_surroundings
from chatbot.monitoring.demo_history.talk import Talk
from chatbot.monitoring.demo_history.texts import Texts, Theme
from chatbot.operators.models import Label

_AT_ONCE = 500
_RETURNING = 0.25
_CHINESE = 0.2
_RISING = 3
_RISES_BEFORE = timedelta(days=10)
# The staff has read what is older.
_UNREAD_FOR = timedelta(hours=20)
_LANGUAGES = {"en": "en", "zh": "zh-hans"}


class MixedUp(Exception):
    """The site holds what the demo history must not be mixed with; the message says what can be done."""


def write_history(
    site: Site,
    texts: Texts,
    *,
    days: int,
    conversations: int,
    seed: int,
    force: bool,
    tell: Callable[[int, int], None],
) -> int:
    """Write that many conversations of the last `days` days, and return how many messages they hold.

    The same seed gives the same conversations, apart from ids and the present moment. `tell` hears after each
    part how many of how many are stored; what was stored before an interruption stays, and
    `removing.remove_history` finds it. Raises MixedUp, with nothing written, for a site that has a demo
    history already or, unless `force`, real conversations.
    """
    _refuse_to_mix(site, force)
    now, rng = timezone.now(), random.Random(seed)
    zone = HandoffSettings.objects.clock_of(site.pk)
    begins = beginnings(conversations, days, now, zone, rng)
    span = timedelta(days=days)
    changes = (now - span * 0.55, now - span * 0.35)
    surroundings = create_surroundings(site, texts.themes, (now - span, changes[0]))
    themes = rng.sample(texts.themes, len(texts.themes))
    stage = Stage(
        texts=texts,
        themes={language: tuple(_of(themes, language)) for language in _LANGUAGES},
        rising=frozenset(theme.name for theme in _of(themes, "en")[10 : 10 + _RISING]),
        rises_at=now - _RISES_BEFORE,
        outage=outage_before(now, zone),
        zone=zone,
        documents=surroundings.documents,
        prompts=surroundings.prompts,
        prompt_changes_at=changes[0],
        model_changes_at=changes[1],
    )
    known: dict[str, list[Visitor]] = {language: [] for language in _LANGUAGES}
    messages = 0
    for start in range(0, len(begins), _AT_ONCE):
        newcomers: list[Visitor] = []
        talks: list[Talk] = []
        for begun in begins[start : start + _AT_ONCE]:
            language = "zh" if rng.random() < _CHINESE else "en"
            if known[language] and rng.random() < _RETURNING:
                visitor = rng.choice(known[language])
            else:
                visitor = Visitor(
                    public_id=new_marked_id(), site=site, secret_hash=new_secret_hash(), created_at=begun
                )
                newcomers.append(visitor)
                known[language].append(visitor)
            talk = _talk(visitor, language, begun, now)
            play(talk, stage, language, rng)
            talks.append(talk)
        _store(talks, newcomers, surroundings, now)
        messages += sum(len(talk.messages) for talk in talks)
        tell(start + len(talks), len(begins))
    return messages


def _refuse_to_mix(site: Site, force: bool) -> None:
    invented = Visitor.objects.filter(site=site).invented()
    if invented.exists():
        raise MixedUp(f"“{site}” has a demo history already. Take it away first, with --remove.")
    if not force and Conversation.objects.filter(site=site, message_total__gt=0).exists():
        raise MixedUp(
            f"“{site}” has real conversations, whose figures the demo history would spoil. Choose another "
            "site, or mix them with --force; --remove takes the demo history alone away."
        )


def _of(themes: Sequence[Theme], language: str) -> list[Theme]:
    return [theme for theme in themes if theme.language == language]


def _talk(visitor: Visitor, language: str, begun: datetime, now: datetime) -> Talk:
    conversation = Conversation(
        public_id=new_marked_id(),
        site_id=visitor.site_id,
        visitor=visitor,
        language=_LANGUAGES[language],
        page_url=PAGE_URL,
        page_title=PAGE_TITLE,
        created_at=begun,
        updated_at=begun,
    )
    return Talk(conversation, begun, now)


@transaction.atomic
def _store(
    talks: Sequence[Talk], newcomers: Sequence[Visitor], surroundings: Surroundings, now: datetime
) -> None:
    """Store the rows of `talks` with the times that they bear."""
    create_with_times(newcomers, "created_at")
    conversations = [talk.conversation for talk in talks]
    for conversation in conversations:
        conversation.visitor_seen_seq = conversation.last_seq
        if conversation.updated_at < now - _UNREAD_FOR:
            conversation.staff_seen_seq, conversation.unread = conversation.last_seq, 0
    create_with_times(conversations, "created_at", "updated_at")
    # The first message of all, then the second: an answer refers to its question, which is stored by then.
    for row in zip_longest(*(talk.messages for talk in talks)):
        create_with_times([message for message in row if message is not None], "created_at")
    events = [event for talk in talks for event in talk.events]
    create_with_times(events, "created_at", batch_size=2_000)
    ReplyTrace.objects.bulk_create([trace for talk in talks for trace in talk.traces], batch_size=500)
    carries = Label.conversations.through
    carries.objects.bulk_create(
        carries(label_id=surroundings.label.pk, conversation_id=conversation.pk)
        for conversation in conversations
    )
