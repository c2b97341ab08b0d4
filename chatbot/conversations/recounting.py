"""Tells those who count that something changed of which no event tells.

Figures follow the events of conversations, the last activity that these write, and the sentiments. What
changes or deletes rows without any of them marks the days concerned, in the transaction of the change.
"""

from django.db.models.functions import TruncDate

from chatbot.conversations.models import ConversationQuerySet, HandoffSettings, Message, StaleDay


def mark(conversations: ConversationQuerySet) -> None:
    """Have every day counted again on which something was said in `conversations`.

    Before they are deleted, since afterwards nobody knows which days these were.
    """
    for site_id in set(conversations.order_by().values_list("site_id", flat=True)):
        clock = HandoffSettings.objects.clock_of(site_id)
        said = Message.objects.filter(conversation__in=conversations.order_by().filter(site=site_id))
        days = (
            said.order_by().annotate(day=TruncDate("created_at", tzinfo=clock)).values_list("day", flat=True)
        )
        StaleDay.objects.mark(site_id, days.distinct())
