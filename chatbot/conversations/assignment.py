"""Who gets a conversation that waits for a person: each in turn, as long as there is capacity."""

from django.db import transaction
from django.db.models import Count, F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from chatbot.conversations import hints
from chatbot.conversations.models import Conversation, HandoffSettings, Presence

_AT_ONCE = 10


def next_operator(conversation: Conversation, rules: HandoffSettings) -> User | None:
    """Return the operator whose turn it is to get the conversation, or None when nobody has capacity left.

    The least recently assigned of those who are there. Their presence is locked, so that two conversations
    at once go to two people. Needs a transaction.
    """
    # Taken by key, so that concurrent assignments wait for each other instead of deadlocking.
    candidates = Presence.objects.there().answering(conversation.site_id).select_for_update(of=("self",))
    keys = list(candidates.order_by("pk").values_list("pk", flat=True))
    load = Count("user__assigned_conversations", filter=_HELD)
    free = (
        Presence.objects.filter(pk__in=keys)
        .annotate(load=load, room=Coalesce("capacity", rules.capacity))
        .filter(load__lt=F("room"))
        .order_by(F("last_assigned_at").asc(nulls_first=True), "pk")
        .select_related("user")
    )
    chosen = free.first()
    if chosen is None:
        return None
    Presence.objects.filter(pk=chosen.pk).update(last_assigned_at=timezone.now())
    return chosen.user


def assign_waiting(user: User) -> None:
    """Assign what has waited longest without an operator, on the sites where the user answers.

    It may go to a colleague whose turn it is. To be called when the user comes, and now and then, since
    capacity becomes free as well.
    """
    waiting = Conversation.objects.answerable_by(user).awaiting_person().awake(timezone.now())
    for pk in waiting.order_by("waiting_since").values_list("pk", flat=True)[:_AT_ONCE]:
        with transaction.atomic():
            conversation = Conversation.objects.select_for_update().awaiting_person().filter(pk=pk).first()
            if conversation is None:
                continue
            rules = HandoffSettings.objects.of(conversation.site_id)
            operator = next_operator(conversation, rules) if rules.assign_automatically else None
            if operator is not None:
                conversation.assignee = operator
                conversation.save(update_fields=["assignee"])
                hints.announce_to_inbox(conversation)


_HELD = Q(user__assigned_conversations__status=Conversation.Status.OPEN) & ~Q(
    user__assigned_conversations__turn=Conversation.Turn.ASSISTANT
)
