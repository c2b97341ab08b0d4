"""The lists of the inbox: which conversations a person finds under which tab."""

from dataclasses import dataclass

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policy import Ability, sites_where
from chatbot.conversations.models import Conversation, ConversationQuerySet
from chatbot.operators import search
from chatbot.operators.paging import Page, Position, Rows, page

PAGE_SIZE = 50

Status = Conversation.Status
Turn = Conversation.Turn


class Tab(models.TextChoices):
    """The lists of the inbox."""

    WAITING = "waiting", _("Waiting")
    MINE = "mine", _("Mine")
    UNHAPPY = "unhappy", _("Unhappy")
    BOT = "bot", _("Assistant")
    CLOSED = "closed", _("Closed")
    ALL = "all", _("All")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person wants to see: a tab, one site or all, one label or any, words to search for."""

    tab: Tab = Tab.WAITING
    site: int | None = None
    label: int | None = None
    query: str = ""


def readable(user: User) -> ConversationQuerySet:
    """Return the conversations that `user` may read."""
    return Conversation.objects.filter(site__in=sites_where(user, Ability.READ_CONVERSATIONS))


def answerable(user: User) -> ConversationQuerySet:
    """Return the conversations that `user` may answer and change."""
    return Conversation.objects.answerable_by(user)


def listed(user: User, choice: Choice, after: Position | None = None, size: int = PAGE_SIZE) -> Page:
    """Return a page of what `user` may read and has chosen, newest first, in queries of the same cost."""
    # The numbers instead of a subquery: the database then knows how much of the list is the person's.
    sites = list(sites_where(user, Ability.READ_CONVERSATIONS).values_list("pk", flat=True))
    if choice.site is not None:
        sites = [site for site in sites if site == choice.site]
    conversations = under(choice.tab, user).filter(site__in=sites)
    if choice.label is not None:
        conversations = conversations.filter(labels=choice.label)
    rows = conversations.select_related("site", "visitor", "assignee").prefetch_related("labels")
    return page(search.listings(rows, choice.query) if choice.query.strip() else [Rows(rows)], after, size)


def under(tab: Tab, user: User) -> ConversationQuerySet:
    """Return what a tab shows, on all sites; conversations in which nothing was said are on none.

    Each condition is the one of a partial index on Conversation.
    """
    begun = Conversation.objects.filter(message_total__gt=0)
    match tab:
        case Tab.WAITING:
            return begun.filter(status=Status.OPEN, turn=Turn.WAITING).awake(timezone.now())
        case Tab.MINE:
            return begun.filter(status=Status.OPEN, assignee=user)
        case Tab.UNHAPPY:
            return begun.filter(status=Status.OPEN, sentiment__lte=Conversation.UNHAPPY)
        case Tab.BOT:
            return begun.filter(status=Status.OPEN, turn=Turn.ASSISTANT)
        case Tab.CLOSED:
            return begun.filter(status=Status.CLOSED)
        case _:
            return begun


def waiting_count(user: User, most: int = 99) -> int:
    """Return how many conversations wait on the sites of `user`, counted up to `most`."""
    waiting = under(Tab.WAITING, user).filter(site__in=sites_where(user, Ability.READ_CONVERSATIONS))
    return waiting.order_by()[:most].count()
