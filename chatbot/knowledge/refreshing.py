"""One indexing job, from its first document to its last."""

import logging
from collections.abc import Iterator

from chatbot.knowledge.document_reading import Reading, read_page, read_stored
from chatbot.knowledge.fetching import NotFetched, Visit, crawl, fetch, sitemap, visit
from chatbot.knowledge.indexing import Outdated, index, mark_failed
from chatbot.knowledge.job_queue import plan_refresh
from chatbot.knowledge.models import Document, IndexJob, Source
from chatbot.knowledge.models.index_jobs import TakenOver
from chatbot.knowledge.parsing import Unreadable
from chatbot.knowledge.removing import remove_documents
from inference.encoding import EncoderUnavailable

logger = logging.getLogger(__name__)

FETCHED = (Source.Kind.PAGE, Source.Kind.SITEMAP, Source.Kind.CRAWL)
# The server says that there is no such page any more; any other trouble may pass.
_GONE = ("not_found",)
_ADDRESS_CHARACTERS = 500


class _Cancelled(Exception):
    """Somebody stopped the job."""


def run(job: IndexJob) -> None:
    """Do a claimed job and store how it ended; raises nothing.

    Each document succeeds or fails for itself. Where the encoder is away the job waits, to be tried again.
    """
    source = job.source
    whole = job.whole and source.kind in FETCHED
    try:
        problem = _from_addresses(job, source) if whole else _what_waits(job, source)
    except TakenOver:
        logger.warning("indexing job %s was taken over", job.public_id)
        return
    except _Cancelled:
        job.finish(IndexJob.State.CANCELLED, "cancelled")
    except EncoderUnavailable as error:
        logger.warning("the encoder is away, indexing waits: %s", error)
        job.put_back("encoder_away")
        return
    except NotFetched as error:
        job.finish(IndexJob.State.FAILED, error.code)
    except Exception:
        logger.exception("indexing job %s failed", job.public_id)
        job.finish(IndexJob.State.FAILED, "crashed")
    else:
        job.finish(IndexJob.State.FAILED if problem else IndexJob.State.DONE, problem)
    if job.whole:
        plan_refresh(source)


def _what_waits(job: IndexJob, source: Source) -> str:
    waiting = list(source.documents.filter(status=Document.Status.WAITING).order_by("pk"))
    _step(job, "", total=len(waiting))
    for document in waiting:
        document.source = source
        _step(job, str(document))
        try:
            if source.kind in FETCHED:
                page = fetch(document.url)
                reading = read_page(page.content, url=page.final_url, media_type=page.media_type)
            else:
                reading = read_stored(document)
        except (Unreadable, NotFetched) as error:
            _fail(job, document, error)
        else:
            _index(job, document, reading)
        job.done += 1
    _step(job, "")
    return ""


def _from_addresses(job: IndexJob, source: Source) -> str:
    """Read every page of the source, then remove the documents whose page is gone; return what is wrong."""
    met: set[int] = set()
    read = 0
    for found in _visits(job, source):
        _step(job, found.url, total=max(job.total, found.done + found.waiting))
        document = _document_of(source, found.url)
        met.add(document.pk)
        try:
            if found.error is not None:
                raise found.error
            assert found.page is not None
            reading = read_page(found.page.content, url=found.url, media_type=found.page.media_type)
        except (NotFetched, Unreadable) as error:
            _fail(job, document, error)
            if error.code in _GONE and document.passages.exists():
                met.discard(document.pk)
        else:
            _index(job, document, reading)
            read += 1
        job.done += 1
    _step(job, "", total=job.done)
    if not read and source.documents.filter(passages__isnull=False).exists():
        return "no_pages"
    # Only now is it known what is gone: a job that stopped half-way has seen half of the site.
    remove_documents(source.documents.exclude(pk__in=met))
    return ""


def _visits(job: IndexJob, source: Source) -> Iterator[Visit]:
    """Yield the addresses of the source, each with its page or with why there is none."""

    def should_stop() -> bool:
        return IndexJob.objects.filter(pk=job.pk, cancel_requested=True).exists()

    if source.kind == Source.Kind.CRAWL:
        return crawl(source.url, source.max_depth, source.max_pages, should_stop=should_stop)
    if source.kind == Source.Kind.PAGE:
        return visit([source.url], should_stop=should_stop)
    urls = sitemap(source.url, source.max_pages, should_stop=should_stop)
    _step(job, "", total=len(urls))
    return visit(urls, should_stop=should_stop)


def _document_of(source: Source, url: str) -> Document:
    """Return the document of an address, a new one for an address that is new."""
    document, _created = Document.objects.get_or_create(
        source=source, url=url[:_ADDRESS_CHARACTERS], defaults={"site_id": source.site_id}
    )
    document.source = source
    return document


def _index(job: IndexJob, document: Document, reading: Reading) -> None:
    def on_progress(done: int, of: int) -> None:
        _step(job, f"{reading.title or document} ({done}/{of})"[-500:])

    try:
        index(document, reading, on_progress)
    except Outdated:
        logger.info("document %s was removed or changed while it was read", document.public_id)


def _fail(job: IndexJob, document: Document, error: Unreadable | NotFetched) -> None:
    job.failed += 1
    mark_failed(document, error.code, error.detail)


def _step(job: IndexJob, message: str, total: int | None = None) -> None:
    if job.step(job.done, message, total):
        raise _Cancelled
