"""Tickets: what a visitor trades a secret for to open one socket."""

import secrets
from datetime import timedelta

from django.db import models
from django.utils import timezone

from accounts.digests import digest_of
from chatbot.conversations.models import Visitor

TICKET_LIFETIME = timedelta(seconds=30)


class TicketQuerySet(models.QuerySet["Ticket"]):
    def issue(self, visitor: Visitor) -> str:
        """Return a new ticket for `visitor`, valid once and for 30 seconds; only its digest is stored."""
        ticket = secrets.token_urlsafe(24)
        self.create(visitor=visitor, digest=digest_of(ticket), expires_at=timezone.now() + TICKET_LIFETIME)
        return ticket

    def redeem(self, ticket: str) -> Visitor:
        """Return the ticket's visitor and use the ticket up; raises Ticket.DoesNotExist.

        Two sockets that race with one ticket: the row can be deleted once, so one of them wins.
        """
        digest = digest_of(ticket)
        try:
            visitor = Visitor.objects.get(tickets__digest=digest, tickets__expires_at__gt=timezone.now())
        except Visitor.DoesNotExist:
            raise Ticket.DoesNotExist from None
        deleted, _rows = self.filter(digest=digest).delete()
        if not deleted:
            raise Ticket.DoesNotExist
        return visitor

    def expired(self) -> models.QuerySet["Ticket"]:
        """Return tickets that nobody can use any more."""
        return self.filter(expires_at__lte=timezone.now())


class Ticket(models.Model):
    """Permission to open one socket, held by digest."""

    visitor = models.ForeignKey(Visitor, models.CASCADE, related_name="tickets")
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(db_index=True)

    objects = TicketQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.visitor} until {self.expires_at:%H:%M:%S}"
