"""The one door that people's text passes before it reaches a model, a log or analytics."""

import hashlib


def for_model(text: str) -> str:
    """Return what a language model may read of `text`: all of it but control characters.

    The model runs in the house, so nothing is masked for it yet; control characters go because chat
    templates and logs give them meanings that a visitor must not be able to use.
    """
    return "".join(character for character in text if character in "\n\t" or character.isprintable())


def for_log(text: str) -> str:
    """Return what a log may hold of `text`: its length and a short digest to find it again, no word."""
    digest = hashlib.sha256(text.encode()).hexdigest()[:8]
    return f"<{len(text)} characters, {digest}>"
