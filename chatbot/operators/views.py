"""The pages of the inbox. Each finds its rows among those that the person may read or answer."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.audit import record_for
from accounts.networks import network_of_request
from accounts.policy import Ability, Policy, may, policy, signed_in, sites_where
from chatbot.conversations import presence
from chatbot.conversations.models import Conversation, Presence
from chatbot.conversations.reading import record_reading
from chatbot.conversations.refusals import Refused
from chatbot.conversations.sentiment import trend
from chatbot.conversations.sentiment.correcting import CORRECTIONS
from chatbot.operators import canned, inbox, timeline, transcript
from chatbot.operators.actions import ACTIONS
from chatbot.operators.assistance.offer import offer
from chatbot.operators.course_chart import course_chart
from chatbot.operators.cursors import BadCursor
from chatbot.operators.forms import SnoozeForm, colleagues, mergeable
from chatbot.operators.inbox import Choice, Tab
from chatbot.operators.models import InboxPreferences, Label
from chatbot.operators.paging import Position
from chatbot.operators.search import LONGEST_QUERY

_EARLIER_SHOWN = 10
_STATUS = {"not_found": 404, "not_your_turn": 409, "closed": 409, "conflict": 409, "not_allowed": 403}
# A score that is committed a little after it was made is not to be missed; what comes twice costs nothing.
_FELT_OVERLAP = timedelta(seconds=10)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_list(request: HttpRequest) -> HttpResponse:
    """The inbox: one page of one list. Asked for by a script, the rows alone."""
    user = signed_in(request)
    _refuse_without_inbox(request)
    choice = _choice(request)
    try:
        after = Position.read(request.GET["after"]) if "after" in request.GET else None
    except BadCursor:
        raise Http404("There is no such page.") from None
    now = timezone.now()
    context: dict[str, Any] = {
        "page": inbox.listed(user, choice, after),
        "choice": choice,
        "tabs": Tab.choices,
        "is_first_page": after is None,
        "now": now,
        "a_minute_ago": now - timedelta(minutes=1),
        "waiting": inbox.waiting_count(user),
    }
    if "rows" in request.GET:
        return render(request, "operators/rows.html", context)
    sites = sites_where(user, Ability.READ_CONVERSATIONS)
    context |= {
        **admin.site.each_context(request),
        "title": _("Inbox"),
        "sites": sites,
        "labels": Label.objects.filter(site__in=sites).select_related("site"),
        "preferences": InboxPreferences.objects.filter(user=user).first(),
        "answers": may(user, Ability.ANSWER_VISITORS),
        "available": not Presence.objects.filter(user=user, available=False).exists(),
        "longest_query": LONGEST_QUERY,
    }
    return render(request, "operators/inbox.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_conversation(request: HttpRequest, conversation_id: str) -> HttpResponse:
    """One conversation as a page."""
    conversation = _readable(request, conversation_id)
    record_reading(conversation, signed_in(request), network_of_request(request))
    return _conversation_page(request, conversation)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def show_news(request: HttpRequest, conversation_id: str) -> HttpResponse:
    """What has changed on a conversation's page after the event `after` and the note `note`."""
    conversation = _readable(request, conversation_id)
    try:
        after, note, felt = (int(request.GET.get(name, 0)) for name in ("after", "note", "felt"))
        felt_since = datetime.fromtimestamp(max(felt, 0), UTC)
    except (ValueError, OverflowError, OSError):
        raise Http404("There is no such place.") from None
    context = {
        **_state(request, conversation),
        "timeline": timeline.since(conversation, min(max(after, 0), 2**62), min(max(note, 0), 2**62)),
        "feelings": timeline.felt_since(conversation, felt_since) if felt else (),
    }
    return render(request, "operators/news.html", context)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_safe
def download_transcript(request: HttpRequest, conversation_id: str, kind: str) -> HttpResponse:
    """The conversation as a text or JSON file."""
    conversation = _readable(request, conversation_id)
    if kind not in ("txt", "json"):
        raise Http404("There is no such format.")
    record_for(request, "conversation.exported", site=conversation.site, about=conversation)
    text = transcript.as_json(conversation) if kind == "json" else transcript.as_text(conversation)
    content_type = "application/json" if kind == "json" else "text/plain; charset=utf-8"
    headers = {"Content-Disposition": f'attachment; filename="conversation-{conversation}.{kind}"'}
    return HttpResponse(text, content_type=content_type, headers=headers)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def act(request: HttpRequest, conversation_id: str, action: str) -> HttpResponseBase:
    """Do something to a conversation: a script hears of it as JSON, a form comes back to the page."""
    conversation = _readable(request, conversation_id)
    if action not in ACTIONS:
        raise Http404("There is no such action.")
    if not may(request.user, Ability.ANSWER_VISITORS, conversation.site_id):
        raise PermissionDenied
    try:
        done = ACTIONS[action](request, conversation)
    except Refused as refusal:
        return _refused(request, conversation, refusal)
    if _is_script(request):
        return JsonResponse({"detail": done})
    messages.success(request, done)
    return redirect("operators:conversation", conversation.public_id)


@policy(Policy.STAFF)
@admin.site.admin_view
@require_POST
def set_preferences(request: HttpRequest) -> HttpResponseBase:
    """Keep how the person wants to hear of visitors who wait, and whether they take conversations."""
    user = signed_in(request)
    _refuse_without_inbox(request)
    wanted = {name: request.POST.get(name) == "on" for name in ("notifications", "sound")}
    InboxPreferences.objects.update_or_create(user=user, defaults=wanted)
    if may(user, Ability.ANSWER_VISITORS):
        presence.set_available(user, request.POST.get("available") == "on")
    if _is_script(request):
        return JsonResponse({"detail": _("Saved.")})
    messages.success(request, _("Saved."))
    return redirect("operators:inbox")


def _conversation_page(
    request: HttpRequest, conversation: Conversation, draft: str = "", status: int = 200
) -> HttpResponse:
    user = signed_in(request)
    earlier = inbox.readable(user).filter(visitor=conversation.visitor_id, message_total__gt=0)
    context = {
        **admin.site.each_context(request),
        **_state(request, conversation),
        "title": _("Conversation %(id)s") % {"id": conversation},
        "timeline": timeline.whole(conversation, None if "all" in request.GET else timeline.NEWEST),
        "earlier": earlier.exclude(pk=conversation.pk).order_by("-created_at")[:_EARLIER_SHOWN],
        "assistance": offer(conversation),
        "draft": draft,
        "client_id": uuid4(),
        "can_mail": transcript.can_mail(),
        "canned": canned.ready_replies(conversation, user),
    }
    return render(request, "operators/conversation.html", context, status=status)


def _state(request: HttpRequest, conversation: Conversation) -> dict[str, Any]:
    """Return what the bars beside the timeline show, which changes while the page is open."""
    user = signed_in(request)
    answers = may(user, Ability.ANSWER_VISITORS, conversation.site_id)
    holder = conversation.assignee if conversation.turn == Conversation.Turn.OPERATOR else None
    is_open = conversation.status == Conversation.Status.OPEN
    # Before anything is read, so that nothing new is missed the next time.
    felt = timezone.now() - _FELT_OVERLAP
    return {
        "felt": int(felt.timestamp()),
        "course": course_chart(trend.course(conversation)),
        "explains": True,
        "corrections": CORRECTIONS,
        "conversation": conversation,
        "language": _language_name(conversation.language),
        "answers": answers,
        "curates": may(user, Ability.WRITE_KNOWLEDGE, conversation.site_id),
        "is_open": is_open,
        "is_mine": answers and is_open and holder == user,
        "holder": holder,
        "priorities": Conversation.Priority.choices,
        "colleagues": colleagues(conversation) if answers else (),
        "site_labels": Label.objects.filter(site=conversation.site_id),
        "own_labels": list(conversation.labels.all()),
        "snoozes": SnoozeForm.HOURS.items(),
        "is_snoozed": bool(conversation.snoozed_until and conversation.snoozed_until > timezone.now()),
        "mergeable": mergeable(conversation)[:_EARLIER_SHOWN] if answers and is_open else (),
    }


def _language_name(code: str) -> str:
    """Return what the language is called in the reader's; the code itself where Django knows no name."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return code


def _readable(request: HttpRequest, conversation_id: str) -> Conversation:
    """Return the conversation if the person may read it; to everybody else it does not exist."""
    conversations = inbox.readable(signed_in(request)).select_related(
        "site", "visitor", "assignee", "merged_into"
    )
    return get_object_or_404(conversations, public_id=conversation_id)


def _refused(request: HttpRequest, conversation: Conversation, refusal: Refused) -> HttpResponse:
    status = _STATUS.get(refusal.code, 400)
    if _is_script(request):
        return JsonResponse({"code": refusal.code, "detail": refusal.detail}, status=status)
    messages.error(request, refusal.detail)
    conversation.refresh_from_db()
    # What was written stays in its field.
    return _conversation_page(request, conversation, request.POST.get("text", ""), status)


def _refuse_without_inbox(request: HttpRequest) -> None:
    if not may(request.user, Ability.READ_CONVERSATIONS):
        raise PermissionDenied


def _choice(request: HttpRequest) -> Choice:
    """Return what the query string asks for; what it cannot mean is left out."""
    tab, site, label = (request.GET.get(name, "") for name in ("tab", "site", "label"))
    return Choice(
        tab=Tab(tab) if tab in Tab.values else Tab.WAITING,
        site=int(site) if site.isascii() and site.isdecimal() and len(site) < 19 else None,
        label=int(label) if label.isascii() and label.isdecimal() and len(label) < 19 else None,
        query=request.GET.get("q", "")[:LONGEST_QUERY],
    )


def _is_script(request: HttpRequest) -> bool:
    return "application/json" in request.headers.get("Accept", "")
