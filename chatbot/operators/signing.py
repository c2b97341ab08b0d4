"""How a webhook's receiver can tell that a delivery comes from here; docs/api.md says how to check it."""

import hmac
import json
from typing import Any


def serialised(body: dict[str, Any]) -> bytes:
    """Return the bytes that are signed and sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def signature(secret: str, body: bytes, moment: int) -> str:
    """Return `t=<moment>,v1=<hexadecimal HMAC-SHA256 of "moment.body">`; `moment` is in Unix seconds."""
    signed = f"{moment}.".encode() + body
    return f"t={moment},v1={hmac.new(secret.encode(), signed, 'sha256').hexdigest()}"
