"""What each figure means.

`docs/analytics.md` shows these sentences to people; a test holds the two together. The conditions
themselves, by which rows are counted and found again, are in `conditions`.
"""

from collections.abc import Mapping
from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from chatbot.analytics.figure import Better, Figure, Group, Level, Unit
from chatbot.analytics.totals import Totals

# Without a word for so long, a conversation is over though nobody closed it.
SILENCE = timedelta(hours=4)
# For so long after its end a conversation is watched for the visitor's return.
RETURN = timedelta(days=7)

_SCORED = ("negative", "neutral", "positive", "unsure")

_ALL = (
    Figure(
        name="conversations",
        label=_("Conversations"),
        definition=_("Conversations in which something was said, on the day of their first message."),
        group=Group.VOLUME,
        unit=Unit.COUNT,
        better=Better.NEITHER,
        level=Level.CONVERSATION,
        counted=("conversations",),
        columns=("conversations",),
    ),
    Figure(
        name="messages",
        label=_("Messages"),
        definition=_("Messages that visitors wrote."),
        group=Group.VOLUME,
        unit=Unit.COUNT,
        better=Better.NEITHER,
        level=Level.MESSAGE,
        counted=("messages",),
        columns=("messages",),
    ),
    Figure(
        name="answers",
        label=_("Answers"),
        definition=_("Answers that the assistant completed."),
        group=Group.VOLUME,
        unit=Unit.COUNT,
        better=Better.NEITHER,
        level=Level.MESSAGE,
        counted=("answers",),
        columns=("answers",),
    ),
    Figure(
        name="resolved",
        label=_("Resolved by the assistant"),
        definition=_(
            "Share of the conversations that ended, by being closed or by 4 hours of silence, with the "
            "assistant's word as the last one and its last answer beyond small talk complete, not “I do not "
            "know” and not marked unhelpful, and in which nobody asked for a person and no person came."
        ),
        group=Group.OUTCOME,
        unit=Unit.SHARE,
        better=Better.UP,
        level=Level.CONVERSATION,
        counted=("resolved",),
        columns=("resolved",),
        per=("ended",),
    ),
    Figure(
        name="still_resolved",
        label=_("Still resolved 7 days later"),
        definition=_(
            "Share of the conversations resolved by the assistant whose visitor did not come back, neither "
            "to the same conversation after 4 hours of silence nor to another one within 7 days of the last "
            "message; conversations count once their 7 days are over."
        ),
        group=Group.OUTCOME,
        unit=Unit.SHARE,
        better=Better.UP,
        level=Level.CONVERSATION,
        counted=("still_resolved",),
        columns=("still_resolved",),
        per=("resolved_week_ago",),
    ),
    Figure(
        name="handed_over",
        label=_("Handed over"),
        definition=_("Share of the conversations in which a person was asked for or took over."),
        group=Group.OUTCOME,
        unit=Unit.SHARE,
        better=Better.DOWN,
        level=Level.CONVERSATION,
        counted=("handed_over",),
        columns=("handed_over",),
        per=("conversations",),
    ),
    Figure(
        name="abandoned",
        label=_("Abandoned"),
        definition=_(
            "Share of the conversations that ended, by being closed or by 4 hours of silence, with the "
            "visitor's last message unanswered or the visitor waiting for a person."
        ),
        group=Group.OUTCOME,
        unit=Unit.SHARE,
        better=Better.DOWN,
        level=Level.CONVERSATION,
        counted=("abandoned",),
        columns=("abandoned",),
        per=("ended",),
    ),
    Figure(
        name="rating",
        label=_("Rating"),
        definition=_("Mean of the ratings, from 1 to 5, that visitors gave to conversations."),
        group=Group.OUTCOME,
        unit=Unit.RATING,
        better=Better.UP,
        level=Level.CONVERSATION,
        counted=("ratings",),
        columns=("rating_sum",),
        per=("ratings",),
    ),
    Figure(
        name="first_response",
        label=_("First response of people"),
        definition=_(
            "Mean time from the moment a person was first asked for, or took over unasked, to the first "
            "message of an operator after it."
        ),
        group=Group.PEOPLE,
        unit=Unit.SECONDS,
        better=Better.DOWN,
        level=Level.CONVERSATION,
        counted=("first_responses",),
        columns=("first_response_seconds",),
        per=("first_responses",),
    ),
    Figure(
        name="resolution",
        label=_("Resolution by people"),
        definition=_(
            "Mean time from the moment a person was first asked for, or took over unasked, to the closing of "
            "the conversation, where an operator wrote something."
        ),
        group=Group.PEOPLE,
        unit=Unit.SECONDS,
        better=Better.DOWN,
        level=Level.CONVERSATION,
        counted=("resolutions",),
        columns=("resolution_seconds",),
        per=("resolutions",),
    ),
    Figure(
        name="thumbs_up",
        label=_("Thumbs up"),
        definition=_("Answers of the assistant that visitors marked as helpful."),
        group=Group.ANSWERS,
        unit=Unit.COUNT,
        better=Better.UP,
        level=Level.MESSAGE,
        counted=("thumbs_up",),
        columns=("thumbs_up",),
    ),
    Figure(
        name="thumbs_down",
        label=_("Thumbs down"),
        definition=_("Answers of the assistant that visitors marked as not helpful."),
        group=Group.ANSWERS,
        unit=Unit.COUNT,
        better=Better.DOWN,
        level=Level.MESSAGE,
        counted=("thumbs_down",),
        columns=("thumbs_down",),
    ),
    Figure(
        name="failed",
        label=_("Failed answers"),
        definition=_("Share of the assistant's answers that failed, of those that failed or were completed."),
        group=Group.ANSWERS,
        unit=Unit.SHARE,
        better=Better.DOWN,
        level=Level.MESSAGE,
        counted=("failed",),
        columns=("failed",),
        per=("failed", "answers"),
    ),
    Figure(
        name="unknown",
        label=_("Unknown answers"),
        definition=_("Share of the assistant's completed answers which say that it does not know."),
        group=Group.ANSWERS,
        unit=Unit.SHARE,
        better=Better.DOWN,
        level=Level.MESSAGE,
        counted=("unknown",),
        columns=("unknown",),
        per=("answers",),
    ),
    Figure(
        name="first_token_p50",
        label=_("Time to first token, median"),
        definition=_(
            "Time from the question to the first piece of the answer that half of the answers took at most, "
            "within 5 percent."
        ),
        group=Group.ANSWERS,
        unit=Unit.MILLISECONDS,
        better=Better.DOWN,
        level=Level.MESSAGE,
        counted=("first_token",),
        percent=50,
    ),
    Figure(
        name="first_token_p95",
        label=_("Time to first token, 95th percentile"),
        definition=_(
            "Time from the question to the first piece of the answer that 95 of 100 answers took at most, "
            "within 5 percent."
        ),
        group=Group.ANSWERS,
        unit=Unit.MILLISECONDS,
        better=Better.DOWN,
        level=Level.MESSAGE,
        counted=("first_token",),
        percent=95,
    ),
    Figure(
        name="queue_wait",
        label=_("Wait in the queue"),
        definition=_("Mean time that an answer waited until the assistant began to work on it."),
        group=Group.ANSWERS,
        unit=Unit.MILLISECONDS,
        better=Better.DOWN,
        level=Level.MESSAGE,
        counted=("queued",),
        columns=("queued_ms",),
        per=("queued",),
    ),
    Figure(
        name="sentiment",
        label=_("Sentiment"),
        definition=_(
            "Share of positive less share of negative messages, of the visitors' messages that have a "
            "sentiment; from -1 to 1."
        ),
        group=Group.SENTIMENT,
        unit=Unit.SCORE,
        better=Better.UP,
        level=Level.MESSAGE,
        counted=_SCORED,
        columns=("positive",),
        minus=("negative",),
        per=_SCORED,
    ),
    Figure(
        name="negative",
        label=_("Negative messages"),
        definition=_("Share of the visitors' messages with a sentiment that are felt to be negative."),
        group=Group.SENTIMENT,
        unit=Unit.SHARE,
        better=Better.DOWN,
        level=Level.MESSAGE,
        counted=("negative",),
        columns=("negative",),
        per=_SCORED,
    ),
    Figure(
        name="neutral",
        label=_("Neutral messages"),
        definition=_("Share of the visitors' messages with a sentiment that are felt to be neutral."),
        group=Group.SENTIMENT,
        unit=Unit.SHARE,
        better=Better.NEITHER,
        level=Level.MESSAGE,
        counted=("neutral",),
        columns=("neutral",),
        per=_SCORED,
    ),
    Figure(
        name="positive",
        label=_("Positive messages"),
        definition=_("Share of the visitors' messages with a sentiment that are felt to be positive."),
        group=Group.SENTIMENT,
        unit=Unit.SHARE,
        better=Better.UP,
        level=Level.MESSAGE,
        counted=("positive",),
        columns=("positive",),
        per=_SCORED,
    ),
    Figure(
        name="unsure",
        label=_("Unsure messages"),
        definition=_("Share of the visitors' messages with a sentiment about which the model is unsure."),
        group=Group.SENTIMENT,
        unit=Unit.SHARE,
        better=Better.NEITHER,
        level=Level.MESSAGE,
        counted=("unsure",),
        columns=("unsure",),
        per=_SCORED,
    ),
    Figure(
        name="corrected",
        label=_("Corrected sentiments"),
        definition=_("Messages of visitors whose sentiment a person corrected; the correction counts."),
        group=Group.SENTIMENT,
        unit=Unit.COUNT,
        better=Better.NEITHER,
        level=Level.MESSAGE,
        counted=("corrected",),
        columns=("corrected",),
    ),
)

FIGURES: Mapping[str, Figure] = {figure.name: figure for figure in _ALL}


def value(name: str, totals: Totals) -> float | None:
    """Return the figure called `name`; None where there is nothing to divide by. Raises KeyError."""
    return FIGURES[name].value(totals)
