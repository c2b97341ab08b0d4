"""Who writes the replies of a conversation: one runner at a time, by a lease that expires."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from accounts.models import new_public_id
from chatbot.conversations.models import Conversation, ConversationQuerySet

# A dead process is noticed after at most this long, and its answer has to be finished within ten seconds.
LEASE_SECONDS = 5.0
RENEWAL_SECONDS = 1.5


class LeaseLost(Exception):
    """Another runner has taken the conversation over."""


@dataclass(frozen=True, slots=True)
class Lease:
    """The right to write a conversation's replies; the token fences off whoever held it before."""

    conversation_pk: int
    conversation_id: str
    token: str

    def renew(self) -> None:
        """Hold the lease for another `LEASE_SECONDS`; raises LeaseLost."""
        if not self._held().update(lease_until=_soon()):
            raise LeaseLost(self.conversation_id)

    def release(self) -> None:
        """Let anybody take the conversation; does nothing when the lease is lost already."""
        self._held().update(lease_token="", lease_until=None)

    def lock(self) -> Conversation:
        """Return the conversation with its row locked; raises LeaseLost. Needs a transaction."""
        conversation = self._held().select_for_update().first()
        if conversation is None:
            raise LeaseLost(self.conversation_id)
        return conversation

    def _held(self) -> ConversationQuerySet:
        return Conversation.objects.filter(pk=self.conversation_pk, lease_token=self.token)


def claim(limit: int, besides: Iterable[int] = (), patient: bool = False) -> list[Lease]:
    """Take the lease of up to `limit` conversations that await a reply, oldest first.

    Runners race by a conditional UPDATE: whoever changes the row has the lease. One transaction takes all of
    them, because each one waits for its turn among the writers. The conversations with the keys `besides` are
    left out: the caller still writes them, though it could not renew the lease in time. A `patient` caller
    takes no lease that ran out either, so that its holder may still renew it.
    """
    now = timezone.now()
    waiting = Conversation.objects.awaiting_reply(now).exclude(pk__in=list(besides))
    if patient:
        waiting = waiting.filter(lease_until__isnull=True)
    found = list(waiting.values_list("pk", "public_id")[:limit])
    if not found:
        return []
    leases = []
    with transaction.atomic():
        for pk, public_id in found:
            token = new_public_id()
            rows = Conversation.objects.filter(pk=pk).unleased(now)
            if rows.update(lease_token=token, lease_until=_soon()):
                leases.append(Lease(pk, public_id, token))
    return leases


def _soon() -> datetime:
    return timezone.now() + timedelta(seconds=LEASE_SECONDS)
