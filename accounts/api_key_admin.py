"""The admin's pages for API keys: made, shown once, revoked; never changed."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.api_keys import make_key, revoke_key
from accounts.models import ApiKey
from accounts.networks import network_of_request
from accounts.policy import Ability, may, signed_in
from accounts.role_admin import RoleAdmin, SiteFilter

_MOMENTS = ("created_at", "last_used_at", "expires_at")


class ApiKeyForm(forms.ModelForm[ApiKey]):
    """Asks what the key is for, what it may, and until when."""

    scopes = forms.MultipleChoiceField(
        label=_("Scopes"), choices=ApiKey.Scope.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = ApiKey
        fields = ("site", "name", "scopes", "expires_at")

    def clean_expires_at(self) -> Any:
        expires_at = self.cleaned_data["expires_at"]
        if expires_at is not None and expires_at <= timezone.now():
            raise ValidationError(_("Choose a time that is yet to come."))
        return expires_at


@admin.register(ApiKey)
class ApiKeyAdmin(RoleAdmin):
    """The keys of a person's sites. The page after making one is the only one that ever shows its token."""

    reads = Ability.MANAGE_SITE
    writes = Ability.MANAGE_SITE
    form = ApiKeyForm
    list_display = ("name", "site", "key", "allowed", "state", "last_used_at", "expires_at")
    list_filter = (SiteFilter,)
    list_select_related = ("site",)
    search_fields = ("name", "prefix")
    change_form_outer_before_template = "admin/accounts/key_revocation.html"

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        if obj is None:
            return ("site", "name", "scopes", "expires_at")
        return (
            "site",
            "name",
            "key",
            "allowed",
            "state",
            "made_by",
            "created_at",
            "last_used_at",
            "expires_at",
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return self.get_fields(request, obj) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody deletes a key: revoked it stays in the list, to explain its prefix in a log."""
        return False

    def get_urls(self) -> list[URLPattern]:
        revocation = self.admin_site.admin_view(self.revoke)
        return [
            path("<path:object_id>/revoke/", revocation, name="accounts_apikey_revoke"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        request.new_token = make_key(  # type: ignore[attr-defined]
            obj, by=signed_in(request), network=network_of_request(request)
        )

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the token, here and never again: kept for another request it would have to be stored."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("Your new API key"),
            "opts": self.opts,
            "key": obj,
            "token": request.new_token,  # type: ignore[attr-defined]
        }
        return TemplateResponse(request, "admin/accounts/key_made.html", context)

    @method_decorator(require_POST)
    def revoke(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Take the key back."""
        keys = self.get_queryset(request).select_related("site")
        key = get_object_or_404(keys, pk=object_id if object_id.isdecimal() else None)
        if not may(request.user, self.writes, key.site_id):
            raise PermissionDenied
        revoke_key(key, by=signed_in(request), network=network_of_request(request))
        return HttpResponseRedirect(reverse("admin:accounts_apikey_changelist"))

    @display(description=_("key"))
    def key(self, key: ApiKey) -> str:
        return format_html("<code>{}{}_…</code>", key.BEGINNING, key.prefix)

    @display(description=_("scopes"))
    def allowed(self, key: ApiKey) -> str:
        return ", ".join(key.scopes)

    @display(description=_("state"), label={"usable": "success", "expired": "warning", "revoked": "danger"})
    def state(self, key: ApiKey) -> tuple[str, Any]:
        if key.revoked_at is not None:
            return "revoked", _("Revoked")
        return ("expired", _("Expired")) if key.has_expired() else ("usable", _("In use"))
