"""Who a session belongs to, for sockets: they live longer than the request that opened them."""

from importlib import import_module

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest

from accounts.models import User


def person_of_session(session_key: str | None) -> User | AnonymousUser:
    """Return the person who is signed in with this session now, read anew from the database.

    It is nobody once the session has ended, the password was changed, or the person was blocked.
    """
    request = HttpRequest()
    request.session = import_module(settings.SESSION_ENGINE).SessionStore(session_key)
    return get_user(request)
