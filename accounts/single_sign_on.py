"""Single sign-on: an identity of the provider belongs to a person who exists, or who was invited."""

from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialLogin
from allauth.socialaccount.providers.base import AuthProcess
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import inviting
from accounts.invitation_pages import SESSION_KEY
from accounts.models import Invitation, InvitationRefused, User, new_public_id
from accounts.networks import network_of_request


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Connects an identity at its first use; nobody gets rights by having one."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connect a new identity to the person with its address, or else to one made by an invitation."""
        if sociallogin.state.get("process") != AuthProcess.LOGIN:
            raise ImmediateHttpResponse(_back(request, _("Single sign-on did not work. Please try again.")))
        if sociallogin.is_existing:
            return
        person = _with_verified_address(sociallogin) or _invited(request, sociallogin)
        if person is None:
            raise ImmediateHttpResponse(
                _back(request, _("Nobody here has your address. Please ask for an invitation."))
            )
        sociallogin.connect(request, person)

    def on_authentication_error(self, request: HttpRequest, *details: Any, **more: Any) -> None:
        raise ImmediateHttpResponse(_back(request, _("Single sign-on did not work. Please try again.")))


def _invited(request: HttpRequest, sociallogin: SocialLogin) -> User | None:
    digest = request.session.pop(SESSION_KEY, None)
    if digest is None:
        return None
    try:
        invitation = Invitation.objects.open_for_digest(digest)
        name = _free_name(sociallogin.user.username or invitation.email)
        return inviting.accept_as_newcomer(invitation, name, None, network=network_of_request(request))
    except InvitationRefused as refusal:
        raise ImmediateHttpResponse(_back(request, refusal.sentence)) from refusal


def _with_verified_address(sociallogin: SocialLogin) -> User | None:
    """Return the one person with an address that the provider has verified; two of them are one too many."""
    verified = [address.email for address in sociallogin.email_addresses if address.verified is True]
    if not verified:
        return None
    people = list(User.objects.filter(email__iexact=verified[0], is_active=True)[:2])
    return people[0] if len(people) == 1 else None


def _free_name(wanted: str) -> str:
    taken = User.objects.filter(username__iexact=wanted).exists()
    return f"{wanted[:100]}-{new_public_id()[:8]}" if taken else wanted[:150]


def _back(request: HttpRequest, sentence: str) -> HttpResponse:
    messages.error(request, sentence)
    return HttpResponseRedirect(reverse("account_login"))
