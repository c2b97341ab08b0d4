"""The one shape in which the API says what went wrong: `{"code": …, "detail": …, "errors": […]}`."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.request import UnreadablePostError
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError
from pydantic import Field

from chatbot.conversations.refusals import Refused
from chatbot.networks import TooManyRequests

_NO_KEY = "Send an Authorization header with “Bearer ” and your secret or API key."


class WrongField(Schema):
    where: Annotated[str, Field(description="the field, as in `body.text` or `query.limit`")]
    problem: str


class Problem(Schema):
    code: Annotated[str, Field(description="for programs, one of docs/api.md")]
    detail: Annotated[str, Field(description="a sentence for people")]
    errors: Annotated[list[WrongField], Field(description="wrong fields, if code is `invalid`")]


# What any operation with a key may answer with, for its description.
PROBLEMS = {frozenset({400, 401, 403, 404, 409, 413, 422, 429}): Problem}


class ApiProblem(Exception):
    """Ends a request with this status and this problem."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.detail = detail


def problem_response(
    status: int,
    code: str,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return the answer that tells of a problem."""
    body = {"code": code, "detail": detail, "errors": errors or []}
    return JsonResponse(body, status=status, headers=headers)


def answer_problems(api: NinjaAPI) -> None:
    """Let `api` tell of everything that its operations raise in the one shape."""
    handlers: dict[type[Exception], Callable[[HttpRequest, Any], HttpResponse]] = {
        ApiProblem: _problem,
        AuthenticationError: _no_key,
        Http404: _not_found,
        HttpError: _unreadable,
        Refused: _refused,
        RequestDataTooBig: _too_large,
        TooManyRequests: _too_many,
        UnreadablePostError: _unreadable,
        ValidationError: _invalid,
    }
    for error, handler in handlers.items():
        api.add_exception_handler(error, handler)


def _problem(request: HttpRequest, error: ApiProblem) -> HttpResponse:
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else None
    return problem_response(error.status, error.code, error.detail, headers=headers)


def _no_key(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
    return problem_response(401, "no_key", _NO_KEY, headers={"WWW-Authenticate": "Bearer"})


def _not_found(request: HttpRequest, error: Http404) -> HttpResponse:
    return problem_response(404, "not_found", str(error) or "There is nothing here.")


def _unreadable(request: HttpRequest, error: Exception) -> HttpResponse:
    return problem_response(400, "unreadable", "The request's body is not JSON.")


def _refused(request: HttpRequest, error: Refused) -> HttpResponse:
    status = 422 if error.code in ("empty", "invalid", "too_long") else 409
    return problem_response(status, error.code, error.detail)


def _too_large(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
    return problem_response(413, "too_large", "The request's body is larger than 1 MiB.")


def _too_many(request: HttpRequest, error: TooManyRequests) -> HttpResponse:
    detail = f"Too many requests. Try again in {error.retry_after} seconds."
    return problem_response(429, "too_many_requests", detail, headers={"Retry-After": str(error.retry_after)})


def _invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [
        {"where": ".".join(str(part) for part in item["loc"]), "problem": item["msg"]}
        for item in error.errors
    ]
    return problem_response(422, "invalid", "Some of what you sent is not valid.", errors=errors)
