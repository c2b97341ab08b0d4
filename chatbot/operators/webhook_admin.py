"""The admin's pages for webhooks and for the log of what was sent to them."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from accounts.audit import record_for
from accounts.policy import Ability, may
from accounts.role_admin import ReadOnly, RoleAdmin, SiteFilter
from chatbot.operators.delivering import send_test
from chatbot.operators.models import Delivery, Webhook
from chatbot.operators.nudges import nudge


class WebhookForm(forms.ModelForm[Webhook]):
    """Asks where to send what."""

    kinds = forms.MultipleChoiceField(
        label=_("Events"), choices=Webhook.Kind.choices, widget=UnfoldAdminCheckboxSelectMultipleWidget
    )

    class Meta:
        model = Webhook
        fields = ("site", "url", "kinds", "is_enabled")


@admin.register(Webhook)
class WebhookAdmin(RoleAdmin):
    """The webhooks of a person's sites. A secret is shown on the page after it was made, and never again."""

    reads = Ability.MANAGE_SITE
    writes = Ability.MANAGE_SITE
    form = WebhookForm
    list_display = ("url", "site", "state", "failing_since", "created_at")
    list_filter = (SiteFilter, "is_enabled")
    list_select_related = ("site",)
    fields = ("site", "url", "kinds", "is_enabled")
    change_form_outer_before_template = "admin/operators/webhook_buttons.html"

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        return ("site",) if obj else ()

    def get_urls(self) -> list[URLPattern]:
        test, secret = self.admin_site.admin_view(self.test), self.admin_site.admin_view(self.new_secret)
        return [
            path("<path:object_id>/test/", test, name="operators_webhook_test"),
            path("<path:object_id>/secret/", secret, name="operators_webhook_secret"),
            *super().get_urls(),
        ]

    def save_model(self, request: HttpRequest, obj: Webhook, form: Any, change: bool) -> None:
        with transaction.atomic():
            if obj.is_enabled and (not change or "is_enabled" in form.changed_data):
                obj.start_from_now()
            obj.save()
            if not change:
                record_for(request, "webhook.made", site=obj.site, about=obj, kinds=list(obj.kinds))
            elif form.changed_data:
                record_for(request, "webhook.changed", site=obj.site, about=obj, fields=form.changed_data)

    def delete_model(self, request: HttpRequest, obj: Webhook) -> None:
        with transaction.atomic():
            record_for(request, "webhook.deleted", site=obj.site, about=obj)
            obj.delete()

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Let a webhook take its log along, which nobody deletes line by line."""
        listed, counts, _permissions_needed, protected = super().get_deleted_objects(objs, request)
        return listed, counts, set(), protected

    def response_add(
        self, request: HttpRequest, obj: Webhook, post_url_continue: str | None = None
    ) -> HttpResponse:
        return self._show_secret(request, obj)

    @method_decorator(require_POST)
    def new_secret(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Sign with another secret from now on, and show it."""
        webhook = self._webhook(request, object_id)
        with transaction.atomic():
            webhook.secret_number += 1
            webhook.save(update_fields=["secret_number"])
            record_for(request, "webhook.secret_changed", site=webhook.site, about=webhook)
        return self._show_secret(request, webhook)

    @method_decorator(require_POST)
    def test(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send an event of the kind `test` and say how it went."""
        webhook = self._webhook(request, object_id)
        outcome = send_test(webhook)
        if outcome.error:
            messages.error(request, gettext("The test was not delivered: %s") % outcome.error)
        else:
            messages.success(request, gettext("The test was delivered in %d ms.") % outcome.duration_ms)
        return HttpResponseRedirect(reverse("admin:operators_webhook_change", args=[webhook.pk]))

    def _webhook(self, request: HttpRequest, object_id: str) -> Webhook:
        webhooks = self.get_queryset(request).select_related("site")
        webhook: Webhook = get_object_or_404(webhooks, pk=object_id if object_id.isdecimal() else None)
        if not may(request.user, self.writes, webhook.site_id):
            raise PermissionDenied
        return webhook

    def _show_secret(self, request: HttpRequest, webhook: Webhook) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("The webhook's secret"),
            "opts": self.opts,
            "webhook": webhook,
        }
        return TemplateResponse(request, "admin/operators/webhook_secret.html", context)

    @display(description=_("state"), label={"enabled": "success", "failing": "warning", "disabled": "danger"})
    def state(self, webhook: Webhook) -> tuple[str, Any]:
        if not webhook.is_enabled:
            return "disabled", _("Disabled")
        return ("failing", _("Failing")) if webhook.failing_since else ("enabled", _("Enabled"))


@admin.register(Delivery)
class DeliveryAdmin(ReadOnly, RoleAdmin):
    """The delivery log, to read; a delivery can be sent again."""

    reads = Ability.MANAGE_SITE
    writes = Ability.MANAGE_SITE
    site_lookup = "webhook__site"
    list_display = (
        "created_at",
        "kind",
        "webhook",
        "state",
        "attempts",
        "status_code",
        "duration_ms",
        "next_attempt_at",
    )
    list_filter = ("status", "kind")
    list_select_related = ("webhook",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("public_id",)
    fields = (
        ("public_id", "kind"),
        "webhook",
        ("status", "attempts"),
        ("status_code", "duration_ms"),
        "error",
        ("created_at", "next_attempt_at"),
    )
    change_form_outer_before_template = "admin/operators/delivery_again.html"

    def site_id(self, obj: Model | None) -> int | None:
        return obj.webhook.site_id if isinstance(obj, Delivery) else None

    def get_urls(self) -> list[URLPattern]:
        again = self.admin_site.admin_view(self.again)
        return [
            path("<path:object_id>/again/", again, name="operators_delivery_again"),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def again(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send the delivery once more, under the same id."""
        deliveries = self.get_queryset(request).select_related("webhook")
        delivery = get_object_or_404(deliveries, pk=object_id if object_id.isdecimal() else None)
        if not may(request.user, self.writes, delivery.webhook.site_id):
            raise PermissionDenied
        delivery.send_again()
        nudge()
        messages.success(request, gettext("It is sent again within a minute."))
        return HttpResponseRedirect(reverse("admin:operators_delivery_change", args=[delivery.pk]))

    @display(
        description=_("state"),
        ordering="status",
        label={"delivered": "success", "waiting": "warning", "failed": "danger"},
    )
    def state(self, delivery: Delivery) -> tuple[str, str]:
        return delivery.status, delivery.get_status_display()
