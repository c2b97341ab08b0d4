"""Rows of every kind on one site, each full of a word that says what kind it is, and what became of them.

A new kind of row has to be planted here before the walks of test_matrix.py pass.
"""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, time
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Model, QuerySet
from django.utils import timezone

from accounts.api_keys import make_key
from accounts.audit import record
from accounts.models import ApiKey, Invitation, Membership, Site, User
from chatbot.analytics.models import (
    CountedSite,
    DailyFigures,
    DocumentUse,
    LabelledFile,
    LabelledText,
    LabellingSettings,
    Rescoring,
    SentimentHead,
    Topic,
    TopicQuestion,
    TopicRun,
    TrainingRun,
)
from chatbot.conversations import events
from chatbot.conversations.models import (
    Conversation,
    HandoffSettings,
    Holiday,
    Message,
    MessageSentiment,
    Note,
    OpeningTime,
    Presence,
    ReplyTrace,
    StaleDay,
    Visitor,
)
from chatbot.knowledge.models import (
    Document,
    IndexJob,
    KnowledgeChange,
    KnowledgeRevision,
    KnowledgeSettings,
    Passage,
    PassageVector,
    Source,
)
from chatbot.operators.models import (
    CannedReply,
    Delivery,
    InboxPreferences,
    Label,
    SettledQuestion,
    Summary,
    Webhook,
)
from chatbot.prompts.models import (
    PromptVersion,
    RegressionCase,
    RegressionResult,
    RegressionRun,
    Split,
    SplitArm,
)
from chatbot.widget.models import Ticket
from chatbot.workshop.models import Canary, RolloutSettings
from inference.models import LanguageModel, LanguageModelVersion, ServerRestart
from tests.chatbot import planted_data_sets, planted_watching, planted_workshop

OUR_APPS = (
    *("accounts", "inference", "prompts", "knowledge", "conversations", "widget", "operators"),
    *("analytics", "workshop"),
)
# Kept for signing in, for counting, or by Django itself: no site's and no person's.
NOBODYS = {"accounts.Attempt", "accounts.AuditHead", "analytics.TracesRead"}
# These are no site's and no person's, and changed by superusers only.
OF_THE_INSTALLATION = {
    *("inference.LanguageModel", "inference.LanguageModelVersion", "inference.ServerRestart"),
    "analytics.SentimentHead",
    *planted_data_sets.OF_THE_INSTALLATION,
    *("workshop.Canary", "workshop.RolloutSettings"),
}
# These hold numbers and moments.
WITHOUT_WORDS = {"accounts.Membership", "conversations.OpeningTime", "operators.InboxPreferences"} | {
    *(
        "widget.Ticket",
        "conversations.Visitor",
        "operators.SettledQuestion",
        "prompts.Split",
        "prompts.SplitArm",
    ),
    *("knowledge.KnowledgeSettings", "knowledge.KnowledgeRevision", "knowledge.KnowledgeChange"),
    *("knowledge.PassageVector", "analytics.CountedSite", "conversations.StaleDay"),
    *("analytics.LabellingSettings", "workshop.Ballot"),
    *planted_watching.WITHOUT_WORDS,
    *planted_data_sets.WITHOUT_WORDS,
    *("analytics.DocumentUse", "analytics.TopicQuestion"),
    *OF_THE_INSTALLATION,
}

Rows = dict[str, list[dict[str, Any]]]


def secret(kind: type[Model] | str) -> str:
    """Return the word that stands in the rows of this kind alone."""
    label = kind if isinstance(kind, str) else kind._meta.label
    return f"secret-{label.replace('.', '-')}-x".lower()


def plant(site: Site, maker: User) -> dict[str, Model]:
    """Make a row of every kind on `site`, and return one of each by its label."""
    Site.objects.filter(pk=site.pk).update(name=secret(Site))
    site.refresh_from_db()
    colleague = User.objects.create_user(secret(User), f"{secret(User)}@mail.example", is_staff=True)
    membership = Membership.objects.create(user=colleague, site=site, role=Membership.Role.OPERATOR)
    prompt = PromptVersion.objects.write(site, secret(PromptVersion), maker)
    visitor, _secret = Visitor.objects.register(site)
    Ticket.objects.issue(visitor)
    conversation, trace = _talk(site, visitor, prompt)
    sentiment = _feeling(trace.message.answers)
    _talk(site, visitor, prompt)
    rules = HandoffSettings.objects.create(site=site, words=[secret(HandoffSettings)])
    webhook = Webhook.objects.create(site=site, url=f"https://{secret(Webhook)}.example/hook")
    key = ApiKey(site=site, name=secret(ApiKey), scopes=[], made_by=maker)
    make_key(key, by=maker)
    invitation, _secret = Invitation.objects.invite(
        site, f"{secret(Invitation)}@mail.example", "viewer", maker
    )
    words = {"key": secret("accounts.AuditEntry")}
    rows = [
        *(site, colleague, membership, prompt, visitor, Ticket.objects.get(), conversation, trace),
        *(trace.message, sentiment, conversation.events.first(), rules, webhook, key, invitation),
        OpeningTime.objects.create(settings=rules, weekday=0, opens=time(9), closes=time(17)),
        Holiday.objects.create(settings=rules, date=date(2030, 1, 1), name=secret(Holiday)),
        Note.objects.create(conversation=conversation, author=maker, text=secret(Note)),
        Presence.objects.create(user=colleague, public_name=secret(Presence)),
        CannedReply.objects.create(site=site, shortcut="planted", text=secret(CannedReply)),
        Delivery.objects.create(webhook=webhook, kind="test", error=secret(Delivery)),
        Summary.objects.create(conversation=conversation, language="en", seq=1, text=secret(Summary)),
        Label.objects.create(site=site, name=secret(Label)),
        InboxPreferences.objects.create(user=colleague),
        *_tests_and_split(site, prompt),
        *_knowledge(site),
        SettledQuestion.objects.create(site=site, message=trace.message.answers, is_answered=True),
        *_language_models(),
        *_topic(site, trace.message),
        DocumentUse.objects.create(
            site=site,
            day=timezone.localdate(),
            document=Document.objects.get(site=site),
            message=trace.message,
        ),
        *_figures(site),
        *_labelling(site, colleague),
        *planted_data_sets.plant_data_sets(site, colleague, conversation, secret),
        *planted_workshop.plant_workshop(site, colleague, secret),
        *planted_watching.plant_watching(site, secret),
        CountedSite.objects.create(site=site, time_zone="UTC", changes_until=timezone.now()),
        StaleDay.objects.create(site=site, day=timezone.localdate()),
        record("api.conversation_read", by=None, site=site, about=conversation, **words),
    ]
    return {row._meta.label: row for row in rows if row is not None}


def _figures(site: Site) -> list[DailyFigures]:
    """The figures of today, and those of a model that is called by the word."""
    day = {"site": site, "day": timezone.localdate(), "conversations": 1}
    DailyFigures.objects.create(**day, dimension="all")
    return [DailyFigures.objects.create(**day, dimension="model", value=secret(DailyFigures))]


def _talk(site: Site, visitor: Visitor, prompt: PromptVersion) -> tuple[Conversation, ReplyTrace]:
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    question = Message.objects.create(conversation=conversation, author="visitor", text=secret(Message))
    events.record(conversation, "operator.joined", {"name": secret("conversations.ConversationEvent")})
    events.record(conversation, "message.created", question.data())
    answer = Message.objects.create(
        conversation=conversation, author="assistant", text=secret(Message), answers=question
    )
    events.record(conversation, "message.created", answer.data())
    trace = ReplyTrace.objects.create(
        message=answer, prompt_version=prompt, language_model=secret(ReplyTrace), endpoint=secret(ReplyTrace)
    )
    words = dict.fromkeys(("contact", "page_title", "rating_comment"), secret(Conversation))
    Conversation.objects.filter(pk=conversation.pk).update(turn=Conversation.Turn.WAITING, **words)
    conversation.refresh_from_db()
    return conversation, trace


def _feeling(message: Any) -> MessageSentiment:
    """Let somebody say how a message of the visitor feels, by a head with a telling name."""
    return MessageSentiment.objects.create(
        message=message,
        negative=0.2,
        neutral=0.5,
        positive=0.3,
        label="neutral",
        head=secret(MessageSentiment),
    )


def _topic(site: Site, answer: Message) -> list[Model]:
    topic = Topic.objects.create(site=site, name=secret(Topic))
    question = TopicQuestion.objects.create(
        message=answer.answers, site=site, day=timezone.localdate(), topic=topic
    )
    return [topic, question, TopicRun.objects.create(site=site, message=secret(TopicRun))]


def _tests_and_split(site: Site, prompt: PromptVersion) -> list[Model]:
    case = RegressionCase.objects.create(
        site=site, question=secret(RegressionCase), must_contain=secret(RegressionCase)
    )
    run = RegressionRun.objects.create(site=site, version=prompt, message=secret(RegressionRun))
    result = RegressionResult.objects.create(
        run=run, case=case, question=secret(RegressionResult), answer=secret(RegressionResult)
    )
    split = Split.objects.create(site=site)
    return [case, run, result, split, SplitArm.objects.create(split=split, version=prompt, weight=1)]


def _knowledge(site: Site) -> list[Model]:
    """A source of curated answers with one of them, read and searchable."""
    source = Source.objects.create(site=site, kind=Source.Kind.ANSWERS, name=secret(Source))
    document = Document.objects.create(
        site=site,
        source=source,
        title=secret(Document),
        questions=secret(Document),
        text=secret(Document),
        status=Document.Status.READY,
    )
    passage = Passage.objects.create(
        site=site, document=document, position=0, question=secret(Passage), text=secret(Document)
    )
    vector = PassageVector.objects.create(site=site, passage=passage, encoder="tiny@1", values=b"\0\0")
    revision = KnowledgeRevision.objects.create(site=site, number=1)
    change = KnowledgeChange.objects.create(site=site, number=1, document_id=document.pk)
    job = IndexJob.objects.create(
        site=site, source=source, state=IndexJob.State.WAITING, message=secret(IndexJob)
    )
    rules = KnowledgeSettings.objects.create(site=site)
    return [source, document, passage, vector, revision, change, job, rules]


def _language_models() -> list[Model]:
    """A version and a canary, and what the gate demands of them."""
    model = LanguageModel.objects.create(name="tiny", parameters=1, context_length=1)
    version, canary = (
        LanguageModelVersion.objects.register(
            model, path="tiny", sha256=digit * 64, size=1, dtype="float32", source="test", state=state
        )
        for digit, state in (("0", "installed"), ("1", "canary"))
    )
    rows = [RolloutSettings.objects.create(pk=1), ServerRestart.objects.create()]
    return [model, version, Canary.objects.get(pk=canary.pk), *rows]


def _labelling(site: Site, colleague: User) -> list[Model]:
    """Labelled texts, what learns from them, and a head; the site lets nothing out."""
    file = LabelledFile.objects.create(site=site, name=secret(LabelledFile), state="imported")
    text = LabelledText.objects.create(file=file, line=1, text=secret(LabelledText), label="neutral")
    run = TrainingRun.objects.create(asked_by=colleague, message=secret(TrainingRun))
    scoring = Rescoring.objects.create(asked_by=colleague, days=1, message=secret(Rescoring))
    model = LanguageModel.objects.create(name="head", kind="sentiment", parameters=1, context_length=1)
    head = LanguageModelVersion.objects.register(
        model, path="head", sha256="0" * 64, size=1, dtype="float16", source="test"
    )
    settings = LabellingSettings.objects.create(site=site)
    return [file, text, run, scoring, SentimentHead.objects.get(pk=head.pk), settings]


def path_to(kind: type[Model], goal: type[Model]) -> str | None:
    """Return the shortest lookup from a row of `kind` to its row of `goal`, or None when none leads there."""
    waiting: deque[tuple[type[Model], str]] = deque([(kind, "")])
    met = {kind}
    while waiting:
        here, path = waiting.popleft()
        if here is goal:
            return path or "pk"
        for field in here._meta.concrete_fields:
            there = field.related_model
            if isinstance(there, type) and there not in met:
                met.add(there)
                waiting.append((there, f"{path}__{field.name}".removeprefix("__")))
    return None


def kinds_of(owner: Site | Visitor) -> dict[str, QuerySet[Any]]:
    """Return by label the rows that are the site's, its people's and the installation's; or the visitor's."""
    found: dict[str, QuerySet[Any]] = {}
    for kind in apps.get_models():
        if (path := path_to(kind, type(owner))) is not None:
            found[kind._meta.label] = kind._default_manager.filter(**{path: owner.pk})
        elif isinstance(owner, Visitor):
            continue
        elif (path := path_to(kind, User)) is not None:
            people = User.objects.filter(memberships__site=owner)
            found[kind._meta.label] = kind._default_manager.filter(**{f"{path}__in": people})
        elif kind._meta.label in OF_THE_INSTALLATION:
            found[kind._meta.label] = kind._default_manager.all()
    return found


class Planted:
    """The rows of a site or a visitor as they were; `changed_by` tells which kinds an act has changed."""

    def __init__(self, owner: Site | Visitor, without: User | None = None) -> None:
        """Leave out what is `without`'s own, which that person may change."""
        self.kinds = kinds_of(owner)
        if without is not None:
            for label, rows in self.kinds.items():
                if path_to(rows.model, type(owner)) is None and label not in OF_THE_INSTALLATION:
                    self.kinds[label] = rows.exclude(**{f"{path_to(rows.model, User)}": without.pk})
        self.before = {label: self._now(label) for label in self.kinds}

    def _now(self, label: str) -> list[dict[str, Any]]:
        return list(self.kinds[label].order_by("pk").values())

    def changed(self, labels: set[str] | None = None) -> set[str]:
        """Return which kinds of rows, of those named, are not as they were."""
        looked_at = self.kinds.keys() if labels is None else self.kinds.keys() & labels
        return {label for label in looked_at if self._now(label) != self.before[label]}


@contextmanager
def written_kinds() -> Iterator[set[str]]:
    """Collect the labels of the kinds of rows that are written within the block."""
    labels = {kind._meta.db_table: kind._meta.label for kind in apps.get_models() if not kind._meta.proxy}
    written: set[str] = set()

    def notice(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        words = sql.split(maxsplit=3)
        if words[0].upper() in ("INSERT", "UPDATE", "DELETE"):
            table = next((word for word in words[1:3] if word.startswith('"')), "").strip('"')
            # A table of pairs has no class of its own among those.
            written.add(labels.get(table, table))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(notice):
        yield written
