"""One's own account: how one signs in, and where one is signed in."""

from typing import Any

from allauth.mfa.base.views import IndexView
from allauth.usersessions.internal.flows.sessions import end_sessions
from allauth.usersessions.models import UserSession
from allauth.usersessions.views import ListUserSessionsView
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.decorators.http import require_POST

from accounts.access_acts import record_own
from accounts.browser_names import browser_name
from accounts.changes import access_changed
from accounts.models import User
from accounts.policy import signed_in

overview = IndexView.as_view()


class SessionsView(ListUserSessionsView):
    """The devices one is signed in on; posting ends all sessions but this one."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**kwargs)
        for session in context["sessions"]:
            session.browser = browser_name(session.user_agent)
        return context

    def form_valid(self, form: object) -> HttpResponse:
        response: HttpResponse = super().form_valid(form)
        _note_end(self.request)
        return response


sessions = SessionsView.as_view()


@login_required
@require_POST
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions."""
    person = signed_in(request)
    session = get_object_or_404(UserSession, pk=pk, user=person)
    end_sessions(request, [session])
    _note_end(request)
    return HttpResponseRedirect(reverse("usersessions_list"))


def _note_end(request: HttpRequest) -> None:
    if isinstance(request.user, User):
        record_own(request, "person.sessions_ended", request.user)
        access_changed(request.user.pk)
