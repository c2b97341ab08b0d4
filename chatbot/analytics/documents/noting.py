"""Notes which documents answers rest on, from the traces of new answers.

Each trace is read once, in the order of keys. A count is one of rows that are there, so that what is erased
is counted no more, and nothing has to be counted again.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from time import monotonic
from typing import Any

from django.db import transaction
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Site
from chatbot.analytics.models import DocumentUse, TracesRead
from chatbot.analytics.periods import clock_of
from chatbot.conversations.models import ReplyTrace
from chatbot.knowledge.models import Document

_AT_ONCE = 2_000
# So long one call reads at most; the next goes on.
_SECONDS = 25.0
# A trace with a lower key may be committed this much later than one with a higher key.
_LATE = timedelta(seconds=60)


def note_new_uses() -> int:
    """Read the traces that were not read yet; return how many answers were found to rest on a document."""
    until = monotonic() + _SECONDS
    noted = 0
    while monotonic() < until:
        found = _note_part()
        if found is None:
            break
        noted += found
    return noted


@transaction.atomic
def _note_part() -> int | None:
    """Read the next traces; return how many uses they had, None where there are no traces to read."""
    TracesRead.objects.get_or_create(pk=1)
    # Two workers take turns.
    read = TracesRead.objects.select_for_update().get(pk=1)
    traces = list(_next_traces(read.position))
    if not traces:
        return None
    uses = list(_uses_in(traces))
    DocumentUse.objects.bulk_create(uses, ignore_conflicts=True, batch_size=1_000)
    read.position = traces[-1]["pk"]
    read.save(update_fields=["position"])
    return len(uses)


def _next_traces(position: int) -> Iterator[dict[str, Any]]:
    """Yield traces after the position, up to one so new that another may still come before it."""
    rows: Any = (
        ReplyTrace.objects.filter(pk__gt=position)
        .annotate(ended=Coalesce("message__finished_at", "message__created_at"))
        .order_by("pk")
        .values("pk", "ended", "passages", "message", "message__created_at", "message__conversation__site")
    )
    settled = timezone.now() - _LATE
    for row in rows[:_AT_ONCE]:
        if row["ended"] > settled:
            return
        yield row


def _uses_in(traces: Iterable[dict[str, Any]]) -> Iterator[DocumentUse]:
    by_site: dict[int, list[tuple[dict[str, Any], set[str]]]] = {}
    for trace in traces:
        cited = {
            str(passage.get("document", ""))
            for passage in trace["passages"]
            if isinstance(passage, dict) and passage.get("cited")
        }
        if cited:
            by_site.setdefault(trace["message__conversation__site"], []).append((trace, cited))
    for site in Site.objects.filter(pk__in=by_site):
        zone = clock_of(site)
        named = {name for _trace, cited in by_site[site.pk] for name in cited}
        documents = dict(
            Document.objects.filter(site=site, public_id__in=named).values_list("public_id", "pk")
        )
        for trace, cited in by_site[site.pk]:
            for name in sorted(cited & documents.keys()):
                yield DocumentUse(
                    site=site,
                    day=trace["message__created_at"].astimezone(zone).date(),
                    document_id=documents[name],
                    message_id=trace["message"],
                )
