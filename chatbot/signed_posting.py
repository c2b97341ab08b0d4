"""Posting JSON to somebody's address so that the receiver can tell that it comes from here.

docs/api.md says how a receiver checks the signature.
"""

import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from chatbot import outbound_http
from chatbot.checked_connections import AddressRefused, RequestFailed


@dataclass(frozen=True)
class Attempt:
    """One request, ready to be sent without the database."""

    url: str
    body: bytes
    headers: dict[str, str]


@dataclass(frozen=True)
class Outcome:
    """How an attempt went; `error` is empty when the receiver took the delivery."""

    status_code: int | None
    error: str
    duration_ms: int
    is_final: bool = False


def serialised(body: dict[str, Any]) -> bytes:
    """Return the bytes that are signed and sent."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def signature(secret: str, body: bytes, moment: int) -> str:
    """Return `t=<moment>,v1=<hexadecimal HMAC-SHA256 of "moment.body">`; `moment` is in Unix seconds."""
    signed = f"{moment}.".encode() + body
    return f"t={moment},v1={hmac.new(secret.encode(), signed, 'sha256').hexdigest()}"


def prepared(url: str, secret: str, content: dict[str, Any], *, delivery: str, kind: str) -> Attempt:
    """Return the request that tells `content` to `url`, signed now.

    `delivery` names it, the same in every attempt.
    """
    body = serialised(content)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Parley",
        "Parley-Delivery": delivery,
        "Parley-Event": kind,
        "Parley-Signature": signature(secret, body, int(time.time())),
    }
    return Attempt(url, body, headers)


def send(attempt: Attempt) -> Outcome:
    """Send the request and tell how it went; an address that is refused is final."""
    begun = time.monotonic()
    status, error, is_final = None, "", False
    try:
        status = outbound_http.post(attempt.url, attempt.body, attempt.headers).status
    except AddressRefused as refusal:
        error, is_final = str(refusal), True
    except RequestFailed as failure:
        error = str(failure)
    if status is not None and not 200 <= status < 300:
        error = _("The answer was %s.") % status
    return Outcome(status, error, round((time.monotonic() - begun) * 1000), is_final)
