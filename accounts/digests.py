"""How secrets are kept: not at all, only what recognises them."""

import hashlib


def digest_of(secret: str) -> str:
    """Return 64 hexadecimal digits that recognise a long random `secret`; such a one needs no salt."""
    return hashlib.sha256(secret.encode()).hexdigest()
