"""How an operation asks for an API key with a scope, and finds out whose it is."""

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer

from accounts.models import ApiKey, ExpiredKey, RevokedKey, UnknownKey
from accounts.networks import network_of
from accounts.policy import Policy
from chatbot.api_problems import ApiProblem
from chatbot.networks import count_request


class KeyBearer(HttpBearer):
    """A site's API key that has one scope, in `Authorization: Bearer`."""

    policy = Policy.API_KEY

    def __init__(self, scope: ApiKey.Scope) -> None:
        super().__init__()
        self.scope = scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiKey:
        """Return the key; raises ApiProblem with 401 or 403, and TooManyRequests beyond the limits.

        Requests of a key are counted by key, failures by network, so that nobody's guesses use up what
        another program may do.
        """
        try:
            key = _key_for(token)
        except ApiProblem:
            network = network_of(request.META.get("REMOTE_ADDR"))
            count_request("api-failures", network, settings.API_FAILURES_A_MINUTE)
            raise
        count_request("api", str(key.pk), settings.API_REQUESTS_A_MINUTE)
        key.note_use()
        if not key.allows(self.scope):
            raise ApiProblem(403, "missing_scope", f"This key lacks the scope {self.scope}.")
        return key


def key_of(request: HttpRequest) -> ApiKey:
    """Return the key that the request came with."""
    key: ApiKey = request.auth  # type: ignore[attr-defined]
    return key


def _key_for(token: str) -> ApiKey:
    try:
        return ApiKey.objects.for_token(token)
    except UnknownKey:
        raise ApiProblem(401, "unknown_key", "This API key is not known.") from None
    except RevokedKey:
        raise ApiProblem(401, "revoked_key", "This API key was revoked.") from None
    except ExpiredKey:
        raise ApiProblem(401, "expired_key", "This API key has expired.") from None
