from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe
from unfold.decorators import display

from accounts.networks import network_of_request
from accounts.policy import Ability, may, signed_in, sites_where
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.prompts import diff, gate, publishing, variables
from chatbot.prompts.admin.forms import PromptForm
from chatbot.prompts.admin.languages import LanguageFilter
from chatbot.prompts.examples import example_values
from chatbot.prompts.models import DEFAULT_PROMPT, PromptVersion

State = PromptVersion.State
_HISTORY_SHOWN = 100


@admin.register(PromptVersion)
class PromptVersionAdmin(RoleAdmin):
    """The prompts of the sites: to save is to write the next version; earlier ones stay as they were."""

    reads = Ability.WRITE_PROMPTS
    writes = Ability.WRITE_PROMPTS
    form = PromptForm
    list_display = ("site", "number", "tongue", "state_label", "beginning", "message", "author", "created_at")
    list_display_links = ("site", "number")
    list_filter = (SiteFilter, "state", LanguageFilter)
    list_select_related = ("site", "author")
    change_form_outer_before_template = "admin/prompts/version.html"
    change_form_outer_after_template = "admin/prompts/history.html"

    class Media:
        css = {"all": ["prompts/prompts.css"]}
        js = ["prompts/preview.js"]

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("site", "tongue" if obj else "language", "text", "message")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("site", "tongue") if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return {"text": DEFAULT_PROMPT, **super().get_changeform_initial_data(request)}

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes a version: answers name the one that they were written under."""
        return False

    def get_urls(self) -> list[URLPattern]:
        publish, compare, preview = (
            self.admin_site.admin_view(view) for view in (self.publish, self.compare, self.preview)
        )
        return [
            path("preview/", preview, name="prompts_promptversion_preview"),
            path("<path:object_id>/publish/", publish, name="prompts_promptversion_publish"),
            path("<path:object_id>/compare/", compare, name="prompts_promptversion_compare"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: PromptVersion, form: Any, change: bool) -> None:
        """Write a changed text as the next version, and publish it unless a draft is wanted."""
        shown = PromptVersion.objects.get(pk=obj.pk) if change else None
        if shown is not None and _stripped(shown.text) == _stripped(obj.text):
            version = shown
        else:
            version = PromptVersion.objects.draft(
                obj.site, obj.text, signed_in(request), language=obj.language, message=obj.message
            )
        self._stand_for(version, obj)
        if "_draft" in request.POST:
            messages.success(request, _saved(version, is_new=version is not shown))
        elif not self._publish(request, version):
            messages.warning(request, _saved(version, is_new=version is not shown))
        self._stand_for(version, obj)

    @staticmethod
    def _stand_for(version: PromptVersion, obj: PromptVersion) -> None:
        """Let the row that the admin goes on with be the version that was written."""
        for name in ("pk", "number", "author", "state", "published_at"):
            setattr(obj, name, getattr(version, name))
        obj._state.adding = False

    def _publish(self, request: HttpRequest, version: PromptVersion, *, override: bool = False) -> bool:
        """Publish and say so; tell whether the test cases let it."""
        try:
            news = publishing.publish(
                version, by=signed_in(request), network=network_of_request(request), override=override
            )
        except gate.NotProven as refusal:
            messages.error(request, gettext("Not published. %s") % refusal)
            return False
        words = gettext("Version %(number)d is in use.") % {"number": version.number}
        messages.success(request, words if news else gettext("Nothing has changed."))
        return True

    def response_add(
        self, request: HttpRequest, obj: PromptVersion, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._to_page(obj)

    def response_change(self, request: HttpRequest, obj: PromptVersion) -> HttpResponse:
        return self._to_page(obj)

    def _to_page(self, version: PromptVersion) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:prompts_promptversion_change", args=[version.pk]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        version = self.get_object(request, object_id)
        context: dict[str, Any] = {"title": _("Prompt")}
        if isinstance(version, PromptVersion):
            family = self.get_queryset(request).filter(site=version.site_id, language=version.language)
            context |= {
                "shown": version,
                "history": family.select_related("author")[:_HISTORY_SHOWN],
                "previous": family.filter(number__lt=version.number).first(),
                "verdict": gate.verdict_on(version),
                "preview": version.render(example_values(version.site.name)),
                "split": version.site.prompt_splits.open().filter(language=version.language).first(),
            }
        context |= {"variables": variables.VARIABLES.items(), **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"variables": variables.VARIABLES.items(), **(extra_context or {})}
        return super().add_view(request, form_url, context)

    @method_decorator(require_POST)
    def publish(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give this very version to visitors, a draft or an older one again."""
        version = self._version(request, object_id)
        self._publish(request, version, override=request.POST.get("override") == "on")
        return self._to_page(version)

    @method_decorator(require_safe)
    def compare(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show what differs between this version and another one of the site: the one before unless named."""
        version = self._version(request, object_id)
        others = self.get_queryset(request).filter(site=version.site_id).exclude(pk=version.pk)
        wanted = request.GET.get("with", "")
        if wanted:
            other = get_object_or_404(
                others, number=wanted if wanted.isdecimal() and len(wanted) < 10 else None
            )
        else:
            earlier = others.filter(language=version.language, number__lt=version.number)
            other = earlier.first() or others.first()
        found = diff.rows(other.text if other else "", version.text)
        context = {
            **self.admin_site.each_context(request),
            "title": _("What differs"),
            "opts": self.opts,
            "shown": version,
            "other": other,
            "others": others.select_related("author"),
            "is_unified": request.GET.get("view") == "unified",
            "rows": found,
            "lines": list(diff.unified(found)),
            "is_same": all(row.kind == "same" for row in found),
            "media": self.media,
        }
        return TemplateResponse(request, "admin/prompts/compare.html", context)

    @method_decorator(require_POST)
    def preview(self, request: HttpRequest) -> JsonResponse:
        """Return a text as visitors would get it, with example values, or what is wrong with it."""
        if not may(request.user, self.writes):
            raise PermissionDenied
        text, wanted = request.POST.get("text", ""), request.POST.get("site", "")
        sites = sites_where(request.user, self.writes)
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
        site = sites.filter(pk=number).first()
        try:
            variables.check(text)
        except ValidationError as error:
            return JsonResponse({"errors": error.messages})
        return JsonResponse({"text": variables.render(text, example_values(site.name if site else ""))})

    def _version(self, request: HttpRequest, object_id: str) -> PromptVersion:
        versions = self.get_queryset(request).select_related("site", "author")
        version: PromptVersion = get_object_or_404(versions, pk=object_id if object_id.isdecimal() else None)
        if not may(request.user, self.writes, version.site_id):
            raise PermissionDenied
        return version

    @display(description=_("language"), ordering="language")
    def tongue(self, version: PromptVersion) -> str:
        return version.language_name

    @display(
        description=_("state"),
        ordering="state",
        label={
            State.PUBLISHED: "success",
            State.DRAFT: "info",
            State.REPLACED: "default",
            State.ROLLED_BACK: "warning",
        },
    )
    def state_label(self, version: PromptVersion) -> tuple[str, str]:
        return version.state, version.get_state_display()

    @display(description=_("prompt"))
    def beginning(self, version: PromptVersion) -> str:
        return Truncator(version.text).chars(90)


def _stripped(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _saved(version: PromptVersion, *, is_new: bool) -> str:
    if not is_new:
        return gettext("Nothing has changed.")
    return gettext("Saved as version %(number)d, a draft: nobody gets it yet.") % {"number": version.number}
