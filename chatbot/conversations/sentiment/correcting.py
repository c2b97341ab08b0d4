"""What people say of a score: their label counts instead of the classifier's."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.audit import record
from accounts.models import User
from chatbot.conversations import handover, hints
from chatbot.conversations.models import Message, MessageSentiment
from chatbot.conversations.refusals import Refused
from chatbot.conversations.sentiment import trend

Label = MessageSentiment.Label
CORRECTIONS = (Label.NEGATIVE, Label.NEUTRAL, Label.POSITIVE)


@transaction.atomic
def correct(message: Message, label: str, by: User) -> None:
    """Let `label` count for the message, or for "" what the classifier said; the trend follows.

    The caller has found the message among those that the person may answer. The audit record has the labels
    and no word of the text. Raises Refused: invalid for another label, not_found for a message without score.
    """
    if label and label not in CORRECTIONS:
        raise Refused("invalid", _("Choose negative, neutral or positive."))
    conversation = handover.locked(message.conversation)
    sentiment = MessageSentiment.objects.filter(message=message).first()
    if sentiment is None:
        raise Refused("not_found", _("This message has no sentiment yet."))
    if sentiment.corrected_label == label:
        return
    sentiment.corrected_label = label
    sentiment.corrected_by, sentiment.corrected_at = (by, timezone.now()) if label else (None, None)
    sentiment.save(update_fields=["corrected_label", "corrected_by", "corrected_at", "updated_at"])
    trend.refresh(conversation)
    hints.announce_sentiment(conversation)
    record(
        "message.sentiment_corrected",
        by=by,
        site=conversation.site,
        about=conversation,
        message=message.public_id,
        label=label or sentiment.label,
        automatic=not label,
    )
