"""Curated answers that begin with something else: a try, a group of questions, a conversation."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.models import Site
from accounts.networks import network_of_request
from accounts.policy import Ability, Policy, policy, signed_in, sites_where
from chatbot.conversations.models import Message
from chatbot.knowledge.curated import BadAnswer, add_answer
from chatbot.operators.inbox import readable
from chatbot.operators.workbench import unanswered
from chatbot.operators.workbench.forms import AnswerForm
from chatbot.operators.workbench.views import chosen_site, on_site, page_context
from chatbot.privacy import masking

_BACK = {"try": "workbench:try", "unanswered": "workbench:unanswered"}


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Add a curated answer; without its text yet, show the form with what the page before knew."""
    site = chosen_site(request, Ability.WRITE_KNOWLEDGE)
    if "text" not in request.POST:
        known = {name: request.POST.get(name, "") for name in ("questions", "settles", "back")}
        return _form_page(request, site, AnswerForm(initial=known))
    form = AnswerForm(request.POST)
    if form.is_valid() and _added(request, site, form):
        messages.success(request, _("The answer is added; it can be found in a moment."))
        return redirect(_back(site, form.cleaned_data["back"]))
    return _form_page(request, site, form, status=400)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def begin_from_message(request: HttpRequest, message_id: str) -> HttpResponse:
    """The form for a curated answer, filled in with what a conversation has: the question and what was said.

    For whoever may read the conversation and write the knowledge of its site; to others it does not exist.
    """
    person = signed_in(request)
    conversations = readable(person).filter(site__in=sites_where(person, Ability.WRITE_KNOWLEDGE))
    said = Message.objects.filter(
        conversation__in=conversations, author__in=(Message.Author.ASSISTANT, Message.Author.OPERATOR)
    )
    message = get_object_or_404(said.select_related("conversation__site", "answers"), public_id=message_id)
    question = _question_before(message)
    known = {
        "questions": " ".join(masking.for_model(question.text).split()) if question else "",
        "text": masking.for_model(message.text),
        "settles": str(question.pk) if question else "",
        "back": message.conversation.public_id,
    }
    return _form_page(request, message.conversation.site, AnswerForm(initial=known))


def _question_before(message: Message) -> Message | None:
    """Return what the visitor asked last before this was said."""
    if message.answers is not None:
        return message.answers
    asked = message.conversation.messages.filter(author=Message.Author.VISITOR, pk__lt=message.pk)
    return asked.exclude(text="").order_by("-pk").first()


def _added(request: HttpRequest, site: Site, form: AnswerForm) -> bool:
    """Add the answer and settle the questions; what is wrong with it goes into the form."""
    data, person = form.cleaned_data, signed_in(request)
    try:
        add_answer(
            site,
            data["questions"].splitlines(),
            data["text"],
            person,
            network=network_of_request(request) or "",
            url=data["url"],
        )
    except BadAnswer as error:
        form.add_error(None, str(error))
        return False
    unanswered.settle(site, data["settles"].split(","), person, is_answered=True)
    return True


def _back(site: Site, back: str) -> str:
    """Return where the form was opened from: a page by its name, or a conversation by its id."""
    if back in _BACK:
        return on_site(_BACK[back], site)
    if back.isalnum():
        return reverse("operators:conversation", args=[back])
    return on_site("workbench:unanswered", site)


def _form_page(request: HttpRequest, site: Site, form: AnswerForm, status: int = 200) -> HttpResponse:
    context: dict[str, Any] = {
        **page_context(request, site, Ability.WRITE_KNOWLEDGE, _("Add an answer")),
        "sites": (),
        "form": form,
    }
    return render(request, "operators/workbench/add.html", context, status=status)
