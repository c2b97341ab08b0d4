"""Every error in OpenAI's shape: {"error": {"message", "type", "param", "code"}}."""

from __future__ import annotations

import logging
from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from inference.engine.loop import EngineUnavailable
from inference.engine.request import InvalidParameter
from inference.engine.scheduler import ContextLengthExceeded, QueueFull
from inference.engine.stream import DeadlineExceeded, GenerationFailed

logger = logging.getLogger(__name__)


class ApiError(HTTPException):
    """An error that a client can act on."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str,
        param: str | None = None,
        type: str = "invalid_request_error",
        retry_after: int | None = None,
    ) -> None:
        headers = {"Retry-After": str(retry_after)} if retry_after is not None else None
        super().__init__(status, message, headers)
        self.code = code
        self.param = param
        self.type = type

    @property
    def body(self) -> dict[str, dict[str, str | None]]:
        return {"error": {"message": self.detail, "type": self.type, "param": self.param, "code": self.code}}


def as_api_error(error: Exception, *, retry_after: int = 1) -> ApiError:
    """What a client hears of an error, whoever raised it."""
    match error:
        case ApiError():
            return error
        case InvalidParameter():
            return ApiError(400, str(error), code="invalid_value", param=error.parameter)
        case ContextLengthExceeded():
            return ApiError(400, str(error), code="context_length_exceeded", param="messages")
        case QueueFull():
            return ApiError(
                429, str(error), code="overloaded", type="rate_limit_error", retry_after=retry_after
            )
        case EngineUnavailable():
            return ApiError(503, str(error), code="model_unavailable", type="server_error", retry_after=2)
        case DeadlineExceeded():
            return ApiError(504, str(error), code="timeout", type="server_error")
        case GenerationFailed():
            return ApiError(500, str(error), code="generation_failed", type="server_error")
        case HTTPException():
            code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "bad_request")
            return ApiError(error.status_code, error.detail, code=code)
        case RequestValidationError():
            return _from_validation(error)
        case _:
            return ApiError(500, "The model server failed.", code="internal_error", type="server_error")


def install_error_handlers(app: FastAPI, count: Callable[[str], None]) -> None:
    """Answer every error in one shape; `count` is told the code of each."""

    async def answer(request: Request, error: Exception) -> JSONResponse:
        api_error = as_api_error(error)
        count(api_error.code)
        return JSONResponse(api_error.body, api_error.status_code, api_error.headers)

    for kind in (HTTPException, RequestValidationError, EngineUnavailable, GenerationFailed, Exception):
        app.add_exception_handler(kind, answer)


def _from_validation(error: RequestValidationError) -> ApiError:
    first = error.errors()[0]
    if first["type"] == "json_invalid":
        return ApiError(400, "The body is not valid JSON.", code="invalid_json")
    if first["type"] == "model_attributes_type" and first["loc"] == ("body",):
        return ApiError(
            400,
            "The body must be a JSON object, sent as Content-Type: application/json.",
            code="invalid_json",
        )
    place = ".".join(str(part) for part in first["loc"] if part != "body")
    message = first["msg"].removeprefix("Value error, ")
    return ApiError(
        400, f"{place}: {message}" if place else message, code="invalid_value", param=place or None
    )
