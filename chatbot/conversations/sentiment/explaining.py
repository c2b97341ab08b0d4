"""Why a message got its score: which of its words pulled which way."""

from threading import BoundedSemaphore

from asgiref.sync import async_to_sync
from django.utils.translation import gettext as _

from chatbot.conversations.models import MessageSentiment
from chatbot.conversations.refusals import Refused
from chatbot.conversations.sentiment.classifiers import explaining_classifiers, head_in_use
from chatbot.privacy import masking
from inference.classifying import ClassifierUnavailable, Explanation

# Each keeps a core of the model server busy for a while, and one of the threads that serve pages.
_AT_ONCE = BoundedSemaphore(2)
_BUSY_SECONDS = 5


def explain(sentiment: MessageSentiment) -> tuple[str, Explanation]:
    """Return the message's text as the classifier read it, and how each word of it pulled.

    Asked is the head that gave the score, or where it is gone the one in use. Raises Refused: busy, or
    unavailable where no classifier answers.
    """
    text = masking.for_model(sentiment.message.text).strip()
    if not _AT_ONCE.acquire(blocking=False):
        words = _("Others are being explained just now. Try again in %(seconds)s seconds.")
        raise Refused("busy", words % {"seconds": _BUSY_SECONDS}, retry_after=_BUSY_SECONDS)
    try:
        heads = list(dict.fromkeys([sentiment.head or None, head_in_use()]))
        return text, async_to_sync(_explained)(text, heads)
    except ClassifierUnavailable as error:
        words = _("No classifier answers just now. Is the model server running with a sentiment head?")
        raise Refused("unavailable", words) from error
    finally:
        _AT_ONCE.release()


async def _explained(text: str, heads: list[str | None]) -> Explanation:
    classifiers = explaining_classifiers()
    try:
        for head in heads[:-1]:
            try:
                return await classifiers.explain(text, head)
            except ClassifierUnavailable:
                continue
        return await classifiers.explain(text, heads[-1])
    finally:
        await classifiers.aclose()
