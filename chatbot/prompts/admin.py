from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.networks import network_of_request
from accounts.policy import Ability, signed_in
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.prompts.models import DEFAULT_PROMPT, PromptVersion


@admin.register(PromptVersion)
class PromptVersionAdmin(RoleAdmin):
    """The prompts of the sites: to save is to write the next version; earlier ones stay as they were."""

    reads = Ability.WRITE_PROMPTS
    writes = Ability.WRITE_PROMPTS
    list_display = ("site", "number", "state", "beginning", "author", "created_at")
    list_display_links = ("site", "number")
    list_filter = (SiteFilter,)
    list_select_related = ("site", "author")
    fields = ("site", "text")
    change_form_outer_after_template = "admin/prompts/history.html"

    def get_queryset(self, request: HttpRequest) -> Any:
        versions: Any = super().get_queryset(request)
        return versions.with_currency()

    def get_readonly_fields(self, request: HttpRequest, obj: PromptVersion | None = None) -> tuple[str, ...]:
        return ("site",) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"text": DEFAULT_PROMPT, **super().get_changeform_initial_data(request)}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "text":
            kwargs["widget"] = UnfoldAdminTextareaWidget(attrs={"rows": 14})
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes a version: answers name the one that they were written under."""
        return False

    def save_model(self, request: HttpRequest, obj: PromptVersion, form: Any, change: bool) -> None:
        written = PromptVersion.objects.write(
            obj.site, obj.text, signed_in(request), network_of_request(request)
        )
        obj.pk, obj.number, obj.author = written.pk, written.number, written.author
        obj._state.adding = False

    def response_change(self, request: HttpRequest, obj: PromptVersion) -> HttpResponse:
        super().response_change(request, obj)
        return HttpResponseRedirect(reverse("admin:prompts_promptversion_change", args=[obj.pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        version = self.get_object(request, object_id)
        history = (
            self.get_queryset(request).filter(site=version.site).select_related("author") if version else ()
        )
        buttons = {"show_save_and_add_another": False, "show_save_and_continue": False}
        context = {**buttons, "history": history, "shown": version, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    @display(description=_("state"), label={"current": "success", "earlier": "default"})
    def state(self, version: Any) -> tuple[str, Any]:
        return ("current", _("Current")) if version.is_current else ("earlier", _("Earlier"))

    @display(description=_("prompt"))
    def beginning(self, version: PromptVersion) -> str:
        return Truncator(version.text).chars(90)
