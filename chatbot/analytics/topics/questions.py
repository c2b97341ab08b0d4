"""Which questions are looked at: those that visitors asked the assistant of late, or a fixed sample."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone

from accounts.models import Site
from chatbot.analytics.periods import clock_of
from chatbot.conversations.models import Message, ReplyTrace
from chatbot.privacy import masking

# Four weeks, and the four before them.
DAYS = 56
# At 200 questions a second, as a small machine encodes them, the first night takes a minute and a half.
MOST_QUESTIONS = 20_000
# Letters of any script; a text with fewer asks nothing.
_LETTER = re.compile(r"[^\W\d_]")
_FEWEST_LETTERS = 2
# An encoder reads no more of a text than that.
_CHARACTERS = 1_000
_AT_ONCE = 2_000
# Knuth's multiplicative hash: keys in order come out in no order.
_SCATTER, _SPAN = 2_654_435_761, 2**32


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that is looked at, by the keys of its message and conversation; its day on the site's clock.

    `text` has passed the door of privacy.
    """

    key: int
    conversation: int
    day: date
    text: str

    @property
    def plain(self) -> str:
        """The text as repetitions of it are recognised."""
        return self.text.casefold().rstrip(" ?!.？！。")


@dataclass(frozen=True, slots=True)
class Sample:
    """The keys of what is looked at, of `asked` questions in all, and the first day of the window."""

    keys: Sequence[int]
    asked: int
    first_day: date


def sample(site: Site, now: datetime | None = None, most: int = MOST_QUESTIONS) -> Sample:
    """Return the keys of at most about `most` questions of the last `DAYS` days, in order.

    Where there are more, chance decides which, and the same every night. Small talk asks nothing, and what
    was said to a person was not asked of the assistant.
    """
    zone = clock_of(site)
    now = now or timezone.now()
    since = now - timedelta(days=DAYS)
    answered = ReplyTrace.objects.filter(message__answers=OuterRef("pk"))
    asked = Message.objects.filter(
        Exists(answered.exclude(kind=ReplyTrace.Kind.SMALL_TALK)),
        # A message is never newer than its conversation's last activity, for which there is an index.
        conversation__site=site,
        conversation__updated_at__gte=since,
        created_at__gte=since,
        author=Message.Author.VISITOR,
    )
    keys = list(asked.order_by("pk").values_list("pk", flat=True))
    kept = keys
    if len(keys) > most:
        bound = _SPAN * most // len(keys)
        kept = [key for key in keys if key * _SCATTER % _SPAN < bound]
    return Sample(kept, len(keys), since.astimezone(zone).date())


def read(site: Site, keys: Sequence[int]) -> Iterator[Asked]:
    """Yield those questions that say something in words."""
    zone = clock_of(site)
    for start in range(0, len(keys), _AT_ONCE):
        rows = Message.objects.filter(pk__in=keys[start : start + _AT_ONCE]).order_by("pk")
        columns = ("pk", "conversation", "created_at", "text")
        for key, conversation, moment, text in rows.values_list(*columns):
            text = " ".join(masking.for_model(text[:_CHARACTERS]).split())
            if len(_LETTER.findall(text)) >= _FEWEST_LETTERS:
                yield Asked(key, conversation, moment.astimezone(zone).date(), text)
