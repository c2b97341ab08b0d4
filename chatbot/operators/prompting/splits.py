from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from accounts.networks import network_of_request
from accounts.policy import Ability, may, signed_in, sites_where
from accounts.role_admin import RoleAdmin, SiteFilter
from chatbot.conversations.split_figures import figures_of
from chatbot.operators.prompting.split_form import SplitForm
from chatbot.prompts import power, publishing
from chatbot.prompts.models import PromptVersion, Split


@admin.register(Split)
class SplitAdmin(RoleAdmin):
    """Splits between versions: started here, watched, and ended with a winner; nothing else changes them."""

    reads = Ability.WRITE_PROMPTS
    writes = Ability.WRITE_PROMPTS
    form = SplitForm
    list_display = ("title", "state_label", "measure", "smallest_effect", "started_at", "ended_at", "winner")
    list_filter = (SiteFilter,)
    list_select_related = ("site", "winner__site")
    fieldsets = (
        (None, {"fields": tuple((f"version_{number}", f"weight_{number}") for number in (1, 2, 3))}),
        (_("Comparison"), {"fields": ("measure", "smallest_effect", "override")}),
    )
    change_form_template = "admin/prompts/split.html"
    add_form_template = "admin/change_form.html"

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody changes a split: what it counts would mean something else."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        end = self.admin_site.admin_view(self.end)
        return [path("<path:object_id>/end/", end, name="prompts_split_end"), *super().get_urls()]

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **options: Any
    ) -> type[ModelForm[Any]]:
        """Offer the versions of the sites whose prompts the person writes."""
        if obj is not None:
            # Shown by a template of its own.
            return super().get_form(request, obj, change, **{**options, "fields": ()})
        versions = PromptVersion.objects.filter(site__in=sites_where(request.user, self.writes))
        own = {"versions": versions.select_related("site").order_by("site", "language", "-number")}
        own_form = type("OwnSplitForm", (SplitForm,), own)
        fields = SplitForm.Meta.fields
        return super().get_form(request, obj, change, **{**options, "form": own_form, "fields": fields})

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj is None else ()

    def save_model(self, request: HttpRequest, obj: Split, form: Any, change: bool) -> None:
        obj.started_by = signed_in(request)
        publishing.start_split(
            obj,
            form.weights(),
            by=obj.started_by,
            network=network_of_request(request),
            override=form.cleaned_data["override"],
        )

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        buttons = {"show_save_and_add_another": False, "show_save_and_continue": False}
        return super().add_view(request, form_url, {**buttons, **(extra_context or {})})

    def response_add(
        self, request: HttpRequest, obj: Split, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, gettext("The split runs from now on."))
        return self._to_page(obj)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context: dict[str, Any] = {"title": _("Split")}
        if isinstance(split := self.get_object(request, object_id), Split):
            arms = figures_of(split)
            context |= {
                "split": split,
                "arms": arms,
                "wanting": sum(arm.wanting for arm in arms),
                "leader": next((arm for arm in arms if arm.is_different), None),
                "power_percent": round(power.POWER * 100),
                "level_percent": round(power.SIGNIFICANCE * 100),
            }
        return super().change_view(request, object_id, form_url, {**context, **(extra_context or {})})

    @method_decorator(require_POST)
    def end(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """End the split: one of its versions answers alone from now on."""
        splits = self.get_queryset(request).select_related("site")
        split: Split = get_object_or_404(splits, pk=object_id if object_id.isdecimal() else None)
        if not may(request.user, self.writes, split.site_id):
            raise PermissionDenied
        wanted = request.POST.get("winner", "")
        number = int(wanted) if wanted.isdecimal() and len(wanted) < 19 else 0
        arm = split.arms.filter(version=number).select_related("version__site").first()
        try:
            if arm is None:
                raise ValidationError(gettext("Choose one of the versions of this split."))
            publishing.end_split(
                split, arm.version, by=signed_in(request), network=network_of_request(request)
            )
            words = gettext("Version %(number)d answers alone from now on.")
            messages.success(request, words % {"number": arm.version.number})
        except ValidationError as error:
            messages.error(request, " ".join(error.messages))
        return self._to_page(split)

    def _to_page(self, split: Split) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:prompts_split_change", args=[split.pk]))

    @display(description=_("split"))
    def title(self, split: Split) -> str:
        return str(split)

    @display(description=_("state"), label={"runs": "success", "ended": "default"})
    def state_label(self, split: Split) -> tuple[str, Any]:
        return ("ended", _("Ended")) if split.ended_at else ("runs", _("Runs"))
