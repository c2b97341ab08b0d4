"""Accepting an invitation.

The secret comes behind the `#` of the link, which browsers send to nobody: a script puts it into the form,
and it travels in the body of a POST only. So it is in no log and in no referrer.
"""

from typing import Any

from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from django import forms
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts import inviting
from accounts.digests import digest_of
from accounts.models import Invitation, InvitationRefused, User
from accounts.networks import network_of_request

SESSION_KEY = "invitation"


class NewcomerForm(forms.ModelForm[User]):
    """Asks a newcomer for a name to sign in with, the one that visitors see, and a password."""

    password = forms.CharField(
        label=_("Password"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    class Meta:
        model = User
        fields = ("username", "first_name")
        labels = {"username": _("Username"), "first_name": _("First name")}
        help_texts = {"username": "", "first_name": _("Visitors whom you answer see it.")}
        widgets = {
            "username": forms.TextInput(attrs={"autocomplete": "username"}),
            "first_name": forms.TextInput(attrs={"autocomplete": "given-name"}),
        }

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        password = self.cleaned_data.get("password")
        if password:
            try:
                validate_password(password, User(username=self.cleaned_data.get("username", "")))
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


def accept_invitation(request: HttpRequest) -> HttpResponse:
    """Take the code of an invitation, show what it offers, and give the role to whoever accepts it."""
    code = request.POST.get("code", "").strip()
    if not code:
        return TemplateResponse(request, "account/invitation_code.html", {})
    try:
        invitation = Invitation.objects.open_for(code)
        if "accept" not in request.POST:
            # Single sign-on leaves this page and comes back without the code.
            request.session[SESSION_KEY] = digest_of(code)
            return _offer(request, code, invitation, NewcomerForm())
        return _accept(request, code, invitation)
    except InvitationRefused as refusal:
        return TemplateResponse(
            request, "account/invitation_refused.html", {"sentence": refusal.sentence}, status=410
        )


def _offer(request: HttpRequest, code: str, invitation: Invitation, form: NewcomerForm) -> HttpResponse:
    offered = {"code": code, "invitation": invitation, "form": form, "single_sign_on": settings.OIDC_NAME}
    return TemplateResponse(request, "account/invitation.html", offered)


def _accept(request: HttpRequest, code: str, invitation: Invitation) -> HttpResponse:
    if not isinstance(request.user, AnonymousUser):
        inviting.accept(invitation, request.user, network=network_of_request(request))
        messages.success(request, gettext("You now work for %(site)s.") % {"site": invitation.site})
        return HttpResponseRedirect(reverse("admin:index"))
    form = NewcomerForm(request.POST)
    if not form.is_valid():
        return _offer(request, code, invitation, form)
    given = form.cleaned_data
    person = inviting.accept_as_newcomer(
        invitation,
        given["username"],
        given["password"],
        first_name=given["first_name"],
        network=network_of_request(request),
    )
    request.session.pop(SESSION_KEY, None)
    return perform_login(request, Login(user=person))
