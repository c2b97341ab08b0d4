"""The page that tells why a visitor's message has its sentiment."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.networks import network_of_request
from accounts.policy import Policy, policy, signed_in
from chatbot.conversations.models import MessageSentiment
from chatbot.conversations.reading import record_reading
from chatbot.conversations.refusals import Refused
from chatbot.conversations.sentiment import explaining
from chatbot.operators import inbox
from chatbot.operators.explained import explained

_STATUS = {"busy": 429, "unavailable": 503}


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_why(request: HttpRequest, conversation_id: str, said: str) -> HttpResponse:
    """Which words of a message pulled which way, as a page; asked for by a script, the words alone."""
    user = signed_in(request)
    conversation = get_object_or_404(inbox.readable(user).select_related("site"), public_id=conversation_id)
    scored = MessageSentiment.objects.select_related("message").filter(message__conversation=conversation)
    sentiment = get_object_or_404(scored, message__public_id=said)
    record_reading(conversation, user, network_of_request(request))
    context: dict[str, Any] = {"conversation": conversation, "sentiment": sentiment}
    status = 200
    try:
        context["explained"] = explained(*explaining.explain(sentiment))
    except Refused as refusal:
        context["refusal"], status = refusal.detail, _STATUS[refusal.code]
    if "part" in request.GET:
        return render(request, "operators/explained.html", context, status=status)
    context |= {**admin.site.each_context(request), "title": _("Why this sentiment?")}
    return render(request, "operators/why.html", context, status=status)
