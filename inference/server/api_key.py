"""Who may use the model server: anybody who reaches it, or whoever knows the key."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from fastapi import Request

from inference.server.errors import ApiError


def require_api_key(key: str) -> Callable[[Request], None]:
    """A dependency that refuses requests without `Authorization: Bearer KEY`; an empty key refuses nobody."""

    def check(request: Request) -> None:
        sent = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key and not secrets.compare_digest(sent.encode(), key.encode()):
            raise ApiError(
                401,
                "Send the key as a bearer token.",
                code="invalid_api_key",
                type="authentication_error",
            )

    return check
