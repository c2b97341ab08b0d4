"""What the assistant of the key's site can look up: sources, documents, curated answers."""

from datetime import datetime
from typing import Annotated, Any

from django.db import transaction
from django.db.models import Count
from django.http import Http404, HttpRequest
from ninja import Router, Schema
from ninja.responses import Status
from pydantic import Field, WithJsonSchema

from accounts.audit import record
from accounts.models import ApiKey
from chatbot.api_keys import KeyBearer, key_of
from chatbot.api_problems import PROBLEMS, ApiProblem
from chatbot.knowledge.adding import put_text
from chatbot.knowledge.curated import BadAnswer, add_answer, change_answer
from chatbot.knowledge.models import Document, IndexJob, Passage, Source
from chatbot.knowledge.problems import sentence
from chatbot.knowledge.removing import remove_documents
from chatbot.operators.api.fields import Cursor, Limit, PublicId, Text
from chatbot.operators.api.pages import newest_first

router = Router(tags=["knowledge"])
reads = KeyBearer(ApiKey.Scope.READ_KNOWLEDGE)
writes = KeyBearer(ApiKey.Scope.WRITE_KNOWLEDGE)

# Texts that programs send are kept in this source, so that people know where they come from.
TEXTS_OF_PROGRAMS = "API"

Kind = Annotated[Source.Kind, WithJsonSchema({"type": "string", "enum": Source.Kind.values})]
State = Annotated[Document.Status, WithJsonSchema({"type": "string", "enum": Document.Status.values})]
Address = Annotated[str, Field(max_length=500, pattern=r"^$|^https?://[^\s]+$")]


class SourceOut(Schema):
    id: str
    kind: Kind
    name: str
    url: str
    is_enabled: bool
    created_at: datetime

    @staticmethod
    def resolve_id(source: Source) -> str:
        return source.public_id


class SourcePage(Schema):
    items: list[SourceOut]
    next: str | None


class DocumentOut(Schema):
    id: str
    source: str
    kind: Kind
    title: str
    url: str
    language: str
    questions: list[str]
    status: State
    error: str
    detail: str
    passages: int
    created_at: datetime
    indexed_at: datetime | None

    @staticmethod
    def resolve_id(document: Document) -> str:
        return document.public_id

    @staticmethod
    def resolve_source(document: Document) -> str:
        return document.source.public_id

    @staticmethod
    def resolve_kind(document: Document) -> str:
        return document.source.kind

    @staticmethod
    def resolve_questions(document: Document) -> list[str]:
        return document.questions.splitlines()

    @staticmethod
    def resolve_detail(document: Document) -> str:
        return sentence(document.error, document.detail) if document.error else ""

    @staticmethod
    def resolve_passages(document: Any) -> int:
        return document.passage_count


class WholeDocumentOut(DocumentOut):
    text: str


class DocumentPage(Schema):
    items: list[DocumentOut]
    next: str | None


class KnowledgeStatus(Schema):
    documents: Annotated[dict[str, int], Field(description="how many are waiting, ready and failed")]
    passages: int
    jobs: Annotated[int, Field(description="how many wait or are at work")]


class NewDocument(Schema):
    title: Annotated[Text, Field(max_length=300)]
    text: Annotated[Text, Field(max_length=500_000, description="plain or Markdown")]
    url: Address = ""


class NewAnswer(Schema):
    questions: Annotated[list[Text], Field(min_length=1, max_length=50)]
    answer: Annotated[Text, Field(max_length=8000)]
    url: Address = ""


@router.get("/knowledge", response={200: KnowledgeStatus, **PROBLEMS}, auth=reads)
def get_knowledge_status(request: HttpRequest) -> dict[str, Any]:
    """Count the site's documents, passages, and jobs that are not done."""
    site_id = key_of(request).site_id
    counted = Document.objects.filter(site=site_id).values_list("status").annotate(Count("pk")).order_by()
    unfinished = (IndexJob.State.WAITING, IndexJob.State.RUNNING)
    return {
        "documents": {**dict.fromkeys(Document.Status.values, 0), **dict(counted)},
        "passages": Passage.objects.filter(site=site_id).count(),
        "jobs": IndexJob.objects.filter(site=site_id, state__in=unfinished).count(),
    }


@router.get("/knowledge/sources", response={200: SourcePage, **PROBLEMS}, auth=reads)
def list_sources(request: HttpRequest, cursor: Cursor | None = None, limit: Limit = 50) -> dict[str, Any]:
    """List the site's sources, the newest first."""
    sources = Source.objects.filter(site=key_of(request).site_id)
    page, after = newest_first(sources, "created_at", cursor, limit)
    return {"items": page, "next": after}


@router.get("/knowledge/documents", response={200: DocumentPage, **PROBLEMS}, auth=reads)
def list_documents(
    request: HttpRequest,
    source: PublicId | None = None,
    kind: Kind | None = None,
    status: State | None = None,
    cursor: Cursor | None = None,
    limit: Limit = 50,
) -> dict[str, Any]:
    """List the site's documents, curated answers among them, the newest first; without their text."""
    documents = _documents(request)
    if source is not None:
        documents = documents.filter(source__public_id=source)
    if kind is not None:
        documents = documents.filter(source__kind=kind)
    if status is not None:
        documents = documents.filter(status=status)
    page, after = newest_first(documents, "created_at", cursor, limit)
    return {"items": page, "next": after}


@router.get("/knowledge/documents/{document}", response={200: WholeDocumentOut, **PROBLEMS}, auth=reads)
def get_document(request: HttpRequest, document: PublicId) -> Document:
    """Return one document with its text, as it was read."""
    return _document_of(request, document)


@router.post("/knowledge/documents", response={200: WholeDocumentOut, **PROBLEMS}, auth=writes)
def put_document(request: HttpRequest, body: NewDocument) -> Document:
    """Store a text; it takes the place of the text with the same title that a program stored before.

    `status` tells when the worker has read it.
    """
    key = key_of(request)
    with transaction.atomic():
        source, _created = Source.objects.get_or_create(
            site=key.site, kind=Source.Kind.TEXT, name=TEXTS_OF_PROGRAMS
        )
        document = put_text(source, body.title.strip(), body.text, url=body.url)
        record("api.knowledge_changed", by=None, site=key.site, about=document, key=str(key))
    return _document_of(request, document.public_id)


@router.post("/knowledge/answers", response={200: WholeDocumentOut, **PROBLEMS}, auth=writes)
def add_curated_answer(request: HttpRequest, body: NewAnswer) -> Document:
    """Add a curated answer with the phrasings of its question."""
    key = key_of(request)
    with transaction.atomic():
        try:
            answer = add_answer(key.site, body.questions, body.answer, None, url=body.url)
        except BadAnswer as error:
            raise ApiProblem(422, "invalid", str(error)) from None
        record("api.knowledge_changed", by=None, site=key.site, about=answer, key=str(key))
    return _document_of(request, answer.public_id)


@router.put("/knowledge/answers/{document}", response={200: WholeDocumentOut, **PROBLEMS}, auth=writes)
def change_curated_answer(request: HttpRequest, document: PublicId, body: NewAnswer) -> Document:
    """Give a curated answer other questions and words."""
    key, answer = key_of(request), _document_of(request, document)
    if answer.source.kind != Source.Kind.ANSWERS:
        raise Http404("There is no curated answer with this id.")
    with transaction.atomic():
        try:
            changed = change_answer(answer, body.questions, body.answer, None, url=body.url)
        except BadAnswer as error:
            raise ApiProblem(422, "invalid", str(error)) from None
        if changed:
            record("api.knowledge_changed", by=None, site=key.site, about=answer, key=str(key))
    return _document_of(request, document)


@router.delete("/knowledge/documents/{document}", response={204: None, **PROBLEMS}, auth=writes)
def remove_document(request: HttpRequest, document: PublicId) -> Status[None]:
    """Remove a document or a curated answer; nothing of it is found any more."""
    key, found = key_of(request), _document_of(request, document)
    with transaction.atomic():
        record("api.knowledge_removed", by=None, site=key.site, about=found, key=str(key))
        remove_documents(Document.objects.filter(pk=found.pk))
    return Status(204, None)


def _documents(request: HttpRequest) -> Any:
    own = Document.objects.filter(site=key_of(request).site_id)
    return own.select_related("source", "site").annotate(passage_count=Count("passages"))


def _document_of(request: HttpRequest, public_id: str) -> Document:
    try:
        found: Document = _documents(request).get(public_id=public_id)
    except Document.DoesNotExist:
        raise Http404("There is no document with this id.") from None
    return found
