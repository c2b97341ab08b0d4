"""How often documents are used, and what they are used for."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts.models import Site
from chatbot.analytics.models import DocumentUse
from chatbot.analytics.periods import Period
from chatbot.knowledge.models import Document

MOST_LISTED = 10


@dataclass(frozen=True, slots=True)
class Used:
    """A document, and in how many answers of the period it was used."""

    document: Document
    uses: int
    share: float


@dataclass(frozen=True, slots=True)
class Documents:
    """The most used documents; of those that no answer used, some and their number."""

    used: Sequence[Used]
    never_used: Sequence[Document]
    never_used_total: int
    uses_total: int

    @property
    def is_empty(self) -> bool:
        return not self.used and not self.never_used


def overview(site: Site, period: Period, most: int = MOST_LISTED) -> Documents:
    """Return the use of the site's documents in the days of `period`; shares are of all uses.

    Never used are those that can be found by visitors and were there before the period ended.
    """
    uses = _within(period).filter(site=site)
    counts = list(uses.values("document").annotate(uses=Count("pk")).order_by("-uses", "document")[:most])
    total = uses.count() if counts else 0
    documents = (
        Document.objects.defer("text").select_related("source").in_bulk([row["document"] for row in counts])
    )
    used = [
        Used(documents[row["document"]], row["uses"], row["uses"] / total)
        for row in counts
        if row["document"] in documents
    ]
    never = (
        Document.objects.filter(
            # Without the site, which the document has: so a database looks at this document's uses alone.
            ~Exists(_within(period).filter(document=OuterRef("pk"))),
            site=site,
            status=Document.Status.READY,
            created_at__date__lte=period.last,
        )
        .defer("text")
        .order_by("title", "pk")
    )
    return Documents(used, list(never[:most]), never.count(), total)


def answers_with(document: Document, period: Period) -> QuerySet[DocumentUse]:
    """Return the answers of the period that rest on the document, the newest first."""
    own = _within(period).filter(document=document)
    return own.select_related("message__conversation", "message__answers").order_by("-day", "-pk")


def _within(period: Period) -> QuerySet[DocumentUse]:
    return DocumentUse.objects.filter(day__range=(period.first, period.last))
