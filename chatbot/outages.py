"""What a page or the API says while the database is away."""

import logging
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from chatbot.databases import AWAY

logger = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = 5

Answer = Callable[[HttpRequest], HttpResponse] | Callable[[HttpRequest], Awaitable[HttpResponse]]


class OutageMiddleware:
    """Answers 503 with one sentence, and with the time to come back after, when the database is away."""

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Answer) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse | Awaitable[HttpResponse]:
        return self._get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Answer for a view that the database failed; other errors take their usual way."""
        if not isinstance(error, AWAY):
            return None
        # The pattern and not the path, in which the link for a new password has its secret.
        route = request.resolver_match.route if request.resolver_match else request.path
        logger.warning("/%s met a database error: %s", route.lstrip("/"), error)
        sentence = _("This did not work just now. Please try again.")
        answer: HttpResponse
        if request.path.startswith("/api/"):
            answer = JsonResponse({"code": "away", "detail": sentence, "errors": []}, status=503)
        else:
            answer = HttpResponse(sentence, status=503, content_type="text/plain; charset=utf-8")
        answer["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return answer
