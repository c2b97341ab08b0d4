from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin import SimpleListFilter
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from accounts.networks import network_of_request
from accounts.policy import Ability, signed_in
from accounts.role_admin import ReadOnly, RoleAdmin, SiteFilter
from chatbot.conversations.answer_filters import LanguageModelFilter, PromptVersionFilter
from chatbot.conversations.handoff_admin import HandoffSettingsAdmin, PresenceAdmin
from chatbot.conversations.models import Conversation, Message
from chatbot.conversations.reading import record_reading

__all__ = ["ConversationAdmin", "HandoffSettingsAdmin", "PresenceAdmin"]


class FeedbackFilter(SimpleListFilter):
    """Narrows the list to conversations in which the visitor rated an answer."""

    title = _("feedback")
    parameter_name = "feedback"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(choice.value, choice.label) for choice in Message.Feedback]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Conversation]) -> QuerySet[Conversation]:
        annotations = {Message.Feedback.UP: "has_praise", Message.Feedback.DOWN: "has_complaint"}
        wanted = annotations.get(self.value())  # type: ignore[call-overload]
        return queryset.filter(**{wanted: True}) if wanted else queryset


@admin.register(Conversation)
class ConversationAdmin(ReadOnly, RoleAdmin):
    """What visitors and the assistant said, to read and to search; nobody changes it here."""

    reads = Ability.READ_CONVERSATIONS
    writes = Ability.READ_CONVERSATIONS
    list_display = ("opening", "site", "lines", "state", "feedback", "updated_at")
    list_filter = (
        *(SiteFilter, "status", FeedbackFilter, PromptVersionFilter, LanguageModelFilter),
        "updated_at",
    )
    list_per_page = 50
    ordering = ("-updated_at",)
    search_fields = ("messages__text", "public_id", "visitor__public_id")
    search_help_text = _("Search in what was said, or for a conversation's or visitor's id")
    show_full_result_count = False
    change_form_template = "admin/conversations/transcript.html"

    class Media:
        css: ClassVar = {"all": ["admin/transcript.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        conversations: Any = super().get_queryset(request).select_related("site", "visitor")
        return conversations.begun().with_last_line().with_feedback()

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the transcript; what cannot be recorded is not shown."""
        conversation = self.get_object(request, object_id) if request.method != "POST" else None
        if conversation is not None:
            record_reading(conversation, signed_in(request), network_of_request(request))
        return super().change_view(request, object_id, form_url, extra_context)

    @display(description=_("last line"))
    def opening(self, conversation: Any) -> Any:
        return Truncator(conversation.last_line or str(_("Nothing said yet"))).chars(80)

    @display(description=_("messages"), ordering="message_count")
    def lines(self, conversation: Any) -> int:
        return conversation.message_count or 0

    @display(description=_("state"), ordering="status", label={"open": "success", "closed": "default"})
    def state(self, conversation: Conversation) -> tuple[str, str]:
        return conversation.status, conversation.get_status_display()

    @display(description=_("feedback"), empty_value="–", label={"up": "success", "down": "danger"})
    def feedback(self, conversation: Any) -> Any:
        if conversation.has_complaint:
            return Message.Feedback.DOWN.value, Message.Feedback.DOWN.label
        return (Message.Feedback.UP.value, Message.Feedback.UP.label) if conversation.has_praise else None
