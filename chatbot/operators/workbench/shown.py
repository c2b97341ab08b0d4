"""What the pages show of an answer: one that is tried, or one that was given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Site, User
from accounts.policy import Ability, may
from chatbot.conversations import answering
from chatbot.conversations.models import ReplyTrace
from chatbot.knowledge.models import Document, KnowledgeSettings, Passage
from chatbot.knowledge.retrieval import Retrieval

KINDS: dict[str, str | Promise] = dict(ReplyTrace.Kind.choices)
MODES: dict[str, str | Promise] = {value: label for value, label in KnowledgeSettings.Mode.choices if value}
_TIMINGS: dict[str, str | Promise] = {
    "queued": _("In the queue"),
    "encode": _("Encoding the question"),
    "search": _("Search"),
    "retrieve": _("Looking it up"),
    "fit": _("Fitting the prompt"),
    "first_token": _("To the first words"),
    "total": _("In all"),
}
# In this order, and what has another name before the sum.
_IN_ORDER = ("queued", "encode", "search", "retrieve", "fit")
_AT_THE_END = ("first_token", "total")


@dataclass(frozen=True, slots=True)
class ShownPassage:
    """A passage that was found. `document_link` is empty for who may not open it; `is_gone` says that it was
    deleted or replaced since, and `text` is what it said then."""

    number: int
    passage: str
    document: str
    title: str
    url: str
    heading: str
    question: str
    text: str
    vector: float | None
    lexical: float | None
    score: float | None
    cited: bool = False
    document_link: str = ""
    is_gone: bool = False


@dataclass(frozen=True, slots=True)
class ShownSentence:
    text: str
    supported: bool
    sent: bool
    passages: Sequence[int]
    score: float | None


@dataclass(frozen=True, slots=True)
class Shown:
    """All that is known of how an answer came about; what is not known is empty or None."""

    question: str = ""
    query: str = ""
    text: str = ""
    kind: str = ""
    mode: str = ""
    language: str = ""
    confidence: float | None = None
    low: float | None = None
    strong: float | None = None
    is_partial: bool = False
    # Whether the site's knowledge was searched at all.
    searched: bool = False
    passages: Sequence[ShownPassage] = ()
    sentences: Sequence[ShownSentence] = ()
    sources: Sequence[Any] = ()
    messages: Sequence[Any] = ()
    cut: int = 0
    timings: dict[str, float] = field(default_factory=dict)
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    language_model: str = ""
    endpoint: str = ""
    finish_reason: str = ""
    prompt_version: str = ""

    @property
    def kind_words(self) -> str | Promise:
        return KINDS.get(self.kind, self.kind)

    @property
    def mode_words(self) -> str | Promise:
        return MODES.get(self.mode, self.mode)

    @property
    def times(self) -> list[tuple[str | Promise, float]]:
        """The timings with their names, the sum last."""
        others = [name for name in self.timings if name not in _IN_ORDER + _AT_THE_END]
        names = [name for name in (*_IN_ORDER, *others, *_AT_THE_END) if name in self.timings]
        return [(_TIMINGS.get(name, name), self.timings[name]) for name in names]

    @property
    def scale(self) -> dict[str, float]:
        """Where confidence and thresholds stand on a scale of 100."""
        places = {"confidence": self.confidence, "low": self.low, "strong": self.strong}
        return {name: round(min(1.0, max(0.0, at)) * 100, 1) for name, at in places.items() if at is not None}

    @property
    def verdict(self) -> str | Promise:
        """What the confidence means for the answer."""
        if self.confidence is None or self.low is None or self.strong is None:
            return ""
        if self.confidence < self.low:
            return _("Too unsure to answer.")
        if self.confidence >= self.strong:
            return _("Sure enough to answer word for word.")
        return _("Sure enough for an answer from these passages.")


def of_retrieval(retrieval: Retrieval, question: answering.Question) -> Shown:
    """Return what is known as soon as the knowledge was searched."""
    passages = [
        ShownPassage(
            number=number,
            passage=found.passage_id,
            document=found.document_id,
            title=found.title,
            url=found.url,
            heading=found.heading,
            question=found.question,
            text=found.text,
            vector=found.vector,
            lexical=found.lexical,
            score=found.score,
        )
        for number, found in enumerate(retrieval.found, 1)
    ]
    return Shown(
        question=question.text,
        query=retrieval.query,
        confidence=retrieval.confidence,
        low=question.low,
        strong=question.strong,
        is_partial=retrieval.is_partial,
        searched=True,
        passages=passages,
    )


def of_account(
    account: answering.Account, text: str, question: answering.Question, prompt_version: str = ""
) -> Shown:
    """Return what is known of an answer that was just written."""
    last = account.last
    return Shown(
        question=question.text,
        query=account.query,
        text=text,
        kind=account.kind,
        mode=account.mode,
        language=account.language,
        confidence=account.confidence,
        low=question.low,
        strong=question.strong,
        searched=account.confidence is not None,
        passages=_passages(account.passages),
        sentences=_sentences(account.sentences),
        sources=account.sources,
        messages=account.messages,
        cut=account.cut,
        timings=account.timings,
        prompt_tokens=last.prompt_tokens,
        completion_tokens=last.completion_tokens,
        language_model=last.model,
        endpoint=last.endpoint,
        finish_reason=last.finish_reason,
        prompt_version=prompt_version,
    )


def of_trace(trace: ReplyTrace) -> Shown:
    """Return what was stored with an answer; its message and what that answers are loaded already."""
    message = trace.message
    ends = {"queued": trace.queued_ms, "first_token": trace.first_token_ms, "total": trace.total_ms}
    return Shown(
        question=message.answers.text if message.answers else "",
        query=trace.query,
        text=message.text,
        kind=trace.kind,
        mode=trace.mode,
        language=trace.language,
        confidence=trace.confidence,
        low=trace.low,
        strong=trace.strong,
        searched=trace.confidence is not None,
        passages=_passages(trace.passages),
        sentences=_sentences(trace.sentences),
        sources=message.sources,
        messages=trace.prompt,
        cut=trace.history_cut,
        timings={**trace.timings, **{name: float(ms) for name, ms in ends.items() if ms is not None}},
        prompt_tokens=trace.prompt_tokens,
        completion_tokens=trace.completion_tokens,
        language_model=trace.language_model,
        endpoint=trace.endpoint,
        finish_reason=trace.finish_reason,
        prompt_version=str(trace.prompt_version.number or "") if trace.prompt_version else "",
    )


def linked(answer: Shown, site: Site, person: User) -> Shown:
    """Return `answer` with its passages as they are now: which are gone, and where their documents are found.

    Only documents of `site` are linked, and for those who may open them.
    """
    ids = [passage.document for passage in answer.passages]
    documents = dict(Document.objects.filter(site=site, public_id__in=ids).values_list("public_id", "pk"))
    names = [passage.passage for passage in answer.passages]
    kept = set(Passage.objects.filter(site=site, public_id__in=names).values_list("public_id", flat=True))
    opens = may(person, Ability.WRITE_KNOWLEDGE, site.pk)
    passages = [
        replace(
            passage,
            is_gone=passage.passage not in kept,
            document_link=reverse("admin:knowledge_document_change", args=[documents[passage.document]])
            if opens and passage.document in documents
            else "",
        )
        for passage in answer.passages
    ]
    return replace(answer, passages=passages)


def _passages(stored: Iterable[Any]) -> list[ShownPassage]:
    """Return stored passages; what an older version stored otherwise is shown as far as it goes."""
    return [
        ShownPassage(
            number=number,
            passage=str(one.get("passage", "")),
            document=str(one.get("document", "")),
            title=str(one.get("title", "")),
            url=str(one.get("url", "")),
            heading=str(one.get("heading", "")),
            question=str(one.get("question", "")),
            text=str(one.get("text", "")),
            vector=_number(one.get("vector")),
            lexical=_number(one.get("lexical")),
            score=_number(one.get("score")),
            cited=bool(one.get("cited")),
        )
        for number, one in enumerate(stored, 1)
        if isinstance(one, dict)
    ]


def _sentences(stored: Iterable[Any]) -> list[ShownSentence]:
    return [
        ShownSentence(
            text=str(one.get("text", "")),
            supported=bool(one.get("supported")),
            sent=bool(one.get("sent")),
            passages=[number for number in one.get("passages") or () if isinstance(number, int)],
            score=_number(one.get("score")),
        )
        for one in stored
        if isinstance(one, dict)
    ]


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None
