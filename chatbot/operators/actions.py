"""What an operator does to a conversation by a form: each action reads its form and calls one function.

The caller has found the conversation among those that the operator may answer.
"""

from collections.abc import Callable
from typing import TypeVar

from django import forms
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts.audit import record_for
from accounts.policy import signed_in
from chatbot.conversations import blocking, closing, handover, hints, recounting
from chatbot.conversations.models import Conversation
from chatbot.conversations.refusals import Refused
from chatbot.conversations.sentiment import correcting
from chatbot.operators import transcript
from chatbot.operators.forms import (
    AssignForm,
    HandBackForm,
    LabelsForm,
    MailForm,
    MergeForm,
    NoteForm,
    PriorityForm,
    ReplyForm,
    SentimentForm,
    SnoozeForm,
    TakeOverForm,
)

Action = Callable[[HttpRequest, Conversation], str]
Form = TypeVar("Form", bound=forms.Form)


def reply(request: HttpRequest, conversation: Conversation) -> str:
    said = _checked(ReplyForm(request.POST)).cleaned_data
    handover.reply(conversation, signed_in(request), said["text"], said["client_id"])
    return _("Sent.")


def note(request: HttpRequest, conversation: Conversation) -> str:
    text = _checked(NoteForm(request.POST)).cleaned_data["text"]
    handover.add_note(conversation, signed_in(request), text)
    return _("Noted, for your colleagues only.")


def take_over(request: HttpRequest, conversation: Conversation) -> str:
    instead_of = _checked(TakeOverForm(request.POST)).cleaned_data["instead_of"]
    handover.take_over(conversation, signed_in(request), instead_of=instead_of)
    return _("It is your turn now.")


def hand_back(request: HttpRequest, conversation: Conversation) -> str:
    text = _checked(HandBackForm(request.POST)).cleaned_data["note"]
    handover.hand_back(conversation, signed_in(request), text)
    return _("The assistant answers again.")


def assign(request: HttpRequest, conversation: Conversation) -> str:
    operator = _checked(AssignForm(conversation, request.POST)).cleaned_data["operator"]
    handover.assign(conversation, operator, by=signed_in(request))
    return _("Assigned.") if operator else _("Assigned to nobody.")


@transaction.atomic
def set_priority(request: HttpRequest, conversation: Conversation) -> str:
    priority = _checked(PriorityForm(request.POST)).cleaned_data["priority"]
    Conversation.objects.filter(pk=conversation.pk).update(priority=priority)
    hints.announce_change(conversation)
    return _("Priority set.")


@transaction.atomic
def set_labels(request: HttpRequest, conversation: Conversation) -> str:
    labels = _checked(LabelsForm(conversation, request.POST)).cleaned_data["labels"]
    conversation.labels.set(labels)
    recounting.mark(Conversation.objects.filter(pk=conversation.pk))
    hints.announce_change(conversation)
    return _("Labels set.")


def snooze(request: HttpRequest, conversation: Conversation) -> str:
    until = _checked(SnoozeForm(request.POST)).until()
    closing.snooze(conversation, until)
    return _("It comes back later, or when the visitor writes.") if until else _("It is awake again.")


def close(request: HttpRequest, conversation: Conversation) -> str:
    closing.close(conversation, by="operator", operator=signed_in(request))
    return _("Closed.")


def reopen(request: HttpRequest, conversation: Conversation) -> str:
    closing.reopen(conversation, by="operator", operator=signed_in(request))
    return _("Open again.")


def merge(request: HttpRequest, conversation: Conversation) -> str:
    into = _checked(MergeForm(conversation, request.POST)).cleaned_data["into"]
    closing.merge(conversation, into, operator=signed_in(request))
    return _("Merged.")


def block(request: HttpRequest, conversation: Conversation) -> str:
    blocking.block(conversation.visitor, operator=signed_in(request))
    return _("The visitor is shut out.")


def unblock(request: HttpRequest, conversation: Conversation) -> str:
    blocking.unblock(conversation.visitor, operator=signed_in(request))
    return _("The visitor may come in again.")


def correct_sentiment(request: HttpRequest, conversation: Conversation) -> str:
    said = _checked(SentimentForm(conversation, request.POST)).cleaned_data
    correcting.correct(said["message"], said["label"], signed_in(request))
    return _("Corrected.") if said["label"] else _("The classifier's label counts again.")


def mail_transcript(request: HttpRequest, conversation: Conversation) -> str:
    address = _checked(MailForm(request.POST)).cleaned_data["address"]
    if not transcript.can_mail():
        raise Refused("not_allowed", _("This installation sends no mail."))
    transcript.mail(conversation, address)
    record_for(request, "conversation.exported", site=conversation.site, about=conversation)
    return _("Mailed.")


ACTIONS: dict[str, Action] = {
    "reply": reply,
    "note": note,
    "take-over": take_over,
    "hand-back": hand_back,
    "assign": assign,
    "priority": set_priority,
    "labels": set_labels,
    "snooze": snooze,
    "close": close,
    "reopen": reopen,
    "merge": merge,
    "block": block,
    "unblock": unblock,
    "sentiment": correct_sentiment,
    "mail": mail_transcript,
}


def _checked(form: Form) -> Form:
    """Return the form if it is valid; raises Refused with the first thing that is wrong."""
    if not form.is_valid():
        raise Refused("invalid", str(next(iter(form.errors.values()))[0]))
    return form
