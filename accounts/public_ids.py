"""The ids that people outside see instead of row numbers."""

import secrets


def new_public_id() -> str:
    """Return a random 128-bit id, 32 hexadecimal digits, for use outside the house."""
    return secrets.token_hex(16)
