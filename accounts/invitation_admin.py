"""The admin pages of invitations: who was asked to work for which site, and what became of it."""

import logging
from smtplib import SMTPException
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db.models import Model
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from unfold.decorators import display

from accounts import inviting
from accounts.mail import send_mail
from accounts.models import Invitation, InvitationRefused, Membership
from accounts.networks import network_of_request
from accounts.policy import Ability, signed_in
from accounts.role_admin import RoleAdmin, SiteFilter

logger = logging.getLogger(__name__)


class InvitationAdmin(RoleAdmin):
    """Owners invite, and take back what nobody has used yet; nothing is changed afterwards or deleted."""

    reads = Ability.MANAGE_SITE
    writes = Ability.MANAGE_SITE
    fields = ("site", "email", "role")
    list_display = ("email", "site", "role", "state", "expires_at", "invited_by", "take_back")
    list_display_links = None
    list_filter = (SiteFilter,)
    list_select_related = ("site", "invited_by", "accepted_by")
    search_fields = ("email",)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Offer the role that most people are invited to, and not the one that may do most."""
        return {"role": Membership.Role.OPERATOR, **super().get_changeform_initial_data(request)}

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        revoke = self.admin_site.admin_view(self.revoke)
        return [
            path("<int:invitation_id>/revoke/", revoke, name="accounts_invitation_revoke"),
            *super().get_urls(),
        ]

    def save_model(
        self, request: HttpRequest, obj: Invitation, form: "ModelForm[Invitation]", change: bool
    ) -> None:
        """Make the invitation; its secret lives in this request only."""
        made, secret = inviting.invite(
            obj.site, obj.email, obj.role, by=signed_in(request), network=network_of_request(request)
        )
        obj.pk = made.pk
        obj.expires_at = made.expires_at
        request.invitation_link = f"{settings.PUBLIC_URL}{reverse('accept_invitation')}#{secret}"  # type: ignore[attr-defined]

    def response_add(
        self, request: HttpRequest, obj: Invitation, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Send the link by mail, or else show it this once."""
        link: str = request.invitation_link  # type: ignore[attr-defined]
        if settings.EMAIL_URL and _was_mailed(obj, link):
            messages.success(request, gettext("The invitation was sent to %(email)s.") % {"email": obj.email})
            return HttpResponseRedirect(reverse("admin:accounts_invitation_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("The link for %(email)s") % {"email": obj.email},
            "invitation": obj,
            "link": link,
            "mail_failed": bool(settings.EMAIL_URL),
        }
        return TemplateResponse(request, "admin/accounts/invitation_link.html", context)

    @method_decorator(require_POST)
    def revoke(self, request: HttpRequest, invitation_id: int) -> HttpResponse:
        """Take an invitation back that nobody has used."""
        invitation = get_object_or_404(self.get_queryset(request), pk=invitation_id)
        try:
            inviting.revoke(invitation, by=signed_in(request), network=network_of_request(request))
        except InvitationRefused as refusal:
            messages.error(request, refusal.sentence)
        else:
            messages.success(request, gettext("The invitation cannot be used any more."))
        return HttpResponseRedirect(reverse("admin:accounts_invitation_changelist"))

    @display(description=_("state"), label={"open": "info", "accepted": "success", "over": "default"})
    def state(self, invitation: Invitation) -> tuple[str, Any]:
        if invitation.accepted_at:
            return "accepted", _("Accepted")
        if invitation.revoked_at:
            return "over", _("Taken back")
        return ("open", _("Open")) if invitation.is_open else ("over", _("Expired"))

    @display(description=_("Take back"))
    def take_back(self, invitation: Invitation) -> str:
        """A button of the list's own form, which carries the CSRF token."""
        if not invitation.is_open:
            return "–"
        return format_html(
            '<button type="submit" class="parley-button" formaction="{}">{}</button>',
            reverse("admin:accounts_invitation_revoke", args=[invitation.pk]),
            _("Take back"),
        )


def _was_mailed(invitation: Invitation, link: str) -> bool:
    try:
        send_mail("account/email/invitation", invitation.email, {"invitation": invitation, "link": link})
    except (OSError, SMTPException) as error:
        logger.warning("an invitation could not be sent: %s", error)
        return False
    return True
