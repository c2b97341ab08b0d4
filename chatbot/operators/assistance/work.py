"""What an operator may ask of the model, and what the model reads for it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.models import User
from chatbot.conversations import history, prompting
from chatbot.conversations.models import Conversation, Message, ReplyTrace
from chatbot.conversations.refusals import Refused
from chatbot.operators.assistance import languages, wording
from chatbot.operators.assistance.kinds import Kind
from chatbot.operators.inbox import answerable
from chatbot.operators.models import Summary
from chatbot.privacy import masking
from inference.gateway import ChatMessage

# What was said longer ago than so many messages the model is not asked to read.
_MESSAGES_READ = 200
# The answers whose passages of knowledge a suggestion may rely on.
_ANSWERS_LOOKED_AT = 3
_SUMMARY_TOKENS = 250
_SHORTER = "more concise while preserving its core meaning"
_FRIENDLIER = "more friendly and approachable while maintaining its main points"


@dataclass(frozen=True, slots=True)
class Work:
    """What the model shall read and how much it may write.

    `turns` may be cut at the beginning. Where there is a `closing`, they are lines of one text that the
    closing ends. `ready` is a text that need not be written again. `covers` is the event up to which a
    summary tells, `language` the code of the language that is written.
    """

    conversation: Conversation
    prompt: str = ""
    turns: list[ChatMessage] = field(default_factory=list)
    closing: str = ""
    max_tokens: int = 0
    language: str = ""
    covers: int = 0
    sources: list[Any] = field(default_factory=list)
    ready: str = ""


def prepare(person: User, conversation_id: str, kind: Kind, draft: str = "") -> Work:
    """Return the work for what `person` asks, in the language that is active.

    Raises Refused: not_found for a conversation that `person` may not answer, empty where there is nothing to
    work on, no_language where the model cannot translate.
    """
    conversations = answerable(person).select_related("site")
    conversation = conversations.filter(public_id=conversation_id).first()
    if conversation is None:
        raise Refused("not_found", _("There is no such conversation that you may answer."))
    return _PREPARATIONS[kind](conversation, draft)


def _summary(conversation: Conversation, draft: str) -> Work:
    language = languages.written_for_operator()
    kept = conversation.summaries.with_age().filter(language=language).first()
    if kept is not None and not kept.is_old:
        return Work(conversation, language=language, covers=kept.seq, ready=kept.text)
    lines = [wording.line(message) for message in _said(conversation) if message.text.strip()]
    if not lines:
        raise Refused("empty", _("Nothing was said yet."))
    if reason := wording.reason(conversation):
        lines.append(reason)
    name = languages.english_name(language)
    return Work(
        conversation,
        prompt=wording.for_summary(name),
        turns=[{"role": "user", "content": line} for line in lines],
        closing=wording.after_transcript(name),
        max_tokens=_SUMMARY_TOKENS,
        language=language,
        covers=conversation.last_seq,
    )


def _reply(conversation: Conversation, draft: str) -> Work:
    said = _said(conversation)
    turns = history.turns_of(said)
    # What was answered last shall be answered again, by a person.
    while turns and turns[-1]["role"] != "user":
        turns.pop()
    if not turns:
        raise Refused("empty", _("The visitor has not written anything yet."))
    prompt = prompting.rendered(prompting.prompt_of(conversation), conversation)
    passages, sources = _knowledge(said)
    return Work(
        conversation,
        prompt=wording.for_reply(history.prompt_with_notes(prompt, conversation), passages),
        turns=turns,
        max_tokens=settings.REPLY_MAX_TOKENS,
        sources=sources,
    )


def _shorter(conversation: Conversation, draft: str) -> Work:
    return _on_text(conversation, _draft(draft), wording.for_rewriting(_SHORTER))


def _friendlier(conversation: Conversation, draft: str) -> Work:
    return _on_text(conversation, _draft(draft), wording.for_rewriting(_FRIENDLIER))


def _translate_draft(conversation: Conversation, draft: str) -> Work:
    own, other = _languages(conversation)
    return _on_text(conversation, _draft(draft), _translation(own, other), other)


def _translate_message(conversation: Conversation, draft: str) -> Work:
    own, other = _languages(conversation)
    written = conversation.messages.filter(author=Message.Author.VISITOR).exclude(text="")
    newest = written.order_by("-id").first()
    if newest is None:
        raise Refused("empty", _("The visitor has not written anything yet."))
    return _on_text(conversation, newest.text, _translation(other, own), own)


_PREPARATIONS: dict[Kind, Callable[[Conversation, str], Work]] = {
    Kind.SUMMARY: _summary,
    Kind.REPLY: _reply,
    Kind.SHORTER: _shorter,
    Kind.FRIENDLIER: _friendlier,
    Kind.TRANSLATE_DRAFT: _translate_draft,
    Kind.TRANSLATE_MESSAGE: _translate_message,
}


def keep_summary(work: Work, text: str) -> Summary:
    """Keep what was written for a summary, until more is said."""
    return Summary.objects.keep(work.conversation, work.language, work.covers, text)


def _said(conversation: Conversation) -> list[Message]:
    """Return the newest messages, oldest first."""
    newest = conversation.messages.spoken().order_by("-id")[:_MESSAGES_READ]
    return list(reversed(newest))


def _knowledge(said: list[Message]) -> tuple[list[str], list[Any]]:
    """Return what the last answers were grounded on: passages to read, and sources to show."""
    answers = [message for message in said if message.author == Message.Author.ASSISTANT]
    answers = answers[-_ANSWERS_LOOKED_AT:]
    traces = ReplyTrace.objects.filter(message__in=answers).order_by("message")
    passages = [passage for trace in traces for passage in trace.passages]
    texts = [str(passage["text"]) for passage in passages if isinstance(passage, dict) and "text" in passage]
    sources: list[Any] = []
    for source in (source for answer in answers for source in answer.sources):
        if source not in sources:
            sources.append(source)
    return list(dict.fromkeys(masking.for_model(text) for text in texts)), sources


def _draft(draft: str) -> str:
    if not draft.strip():
        raise Refused("empty", _("Write something into the reply box first."))
    return draft


def _languages(conversation: Conversation) -> tuple[str, str]:
    """Return the codes of the operator's and the visitor's language; raises Refused with no_language."""
    if obstacle := languages.translation_obstacle(conversation.language):
        raise Refused("no_language", obstacle)
    return languages.own_code(), languages.short_code(conversation.language)


def _translation(source: str, target: str) -> str:
    return wording.for_translation(languages.english_name(source), languages.english_name(target))


def _on_text(conversation: Conversation, text: str, prompt: str, language: str = "") -> Work:
    content = masking.for_model(text)
    turn: ChatMessage = {"role": "user", "content": content}
    # As long as any answer, or as the text itself.
    return Work(
        conversation,
        prompt=prompt,
        turns=[turn],
        max_tokens=max(settings.REPLY_MAX_TOKENS, len(content)),
        language=language,
    )
