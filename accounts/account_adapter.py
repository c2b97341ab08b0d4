"""What allauth asks about people: who may come in, how often somebody may guess, and what is remembered."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth import logout
from django.db.models import Q
from django.http import HttpRequest, HttpResponse

from accounts.access_acts import record_failed, record_own
from accounts.attempts import account_digest
from accounts.changes import access_changed
from accounts.devices import account_of_person, remember_device
from accounts.guesses import begin_guess
from accounts.models import Attempt, User
from accounts.policy import works_here
from accounts.refusals import refused

# The page itself shows that one is signed in, or out.
_UNSAID = ("account/messages/logged_in.txt", "account/messages/logged_out.txt")


class AccountAdapter(DefaultAccountAdapter):
    """Lets staff in and nobody else; accounts are made by owners and by invitations."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """Return the address for the list of one's sessions; a socket file has none."""
        return request.META.get("REMOTE_ADDR") or "0.0.0.0"

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Do nothing: `authenticate` counts."""

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Return the person with this password, unless blocked; raises ValidationError beyond the limits."""
        name = str(credentials.get("username") or credentials.get("email") or "")
        known = _person_called(name)
        account = account_of_person(known) if known else account_digest(f"name:{name}")
        attempt = begin_guess(request, Attempt.Kind.PASSWORD, account, known)
        person = super().authenticate(request, **credentials)
        if person is None or not person.is_active:
            if known is not None:
                record_failed(request, known)
            return None
        attempt.delete()
        return person

    def pre_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse | None:
        """Refuse whoever has no role, by whatever means they showed who they are."""
        return None if works_here(user) else refused(request)

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponse:
        response = super().post_login(request, user, **details)
        record_own(request, "person.signed_in", user)
        remember_device(request, response, user)
        return response

    def logout(self, request: HttpRequest) -> None:
        """End the session of whoever is signed in."""
        person = request.user if isinstance(request.user, User) else None
        logout(request)
        if person is not None:
            record_own(request, "person.signed_out", person)
            access_changed(person.pk)

    def add_message(
        self, request: HttpRequest, level: int, message_template: Any = None, *rest: Any, **more: Any
    ) -> None:
        if message_template not in _UNSAID:
            super().add_message(request, level, message_template, *rest, **more)


def _person_called(name: str) -> User | None:
    """Return whose sign-in name this is, so that one person has one count for all of theirs."""
    return User.objects.filter(Q(username__iexact=name) | Q(email__iexact=name)).first() if name else None
