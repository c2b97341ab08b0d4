"""The one door that people's text passes before it reaches a model, a log or analytics."""

from unicodedata import category

from django.utils.crypto import salted_hmac

from chatbot.privacy.patterns import found_in


def for_model(text: str) -> str:
    """Return what a language model may read of `text`: all but control and tag characters.

    The model runs in the house, so nothing is masked for it yet. Control characters go because logs and chat
    templates give them meanings, tag characters (U+E0000 to U+E007F) because people cannot see what they say.
    """
    return "".join(character for character in text if character in "\n\t" or not _is_hidden(character))


def for_training(text: str) -> str:
    """Return what a model may learn of `text`: as `for_model`, with personal data as [email], [phone] etc.

    A model may say to anybody what it has learnt.
    """
    text, end = for_model(text), 0
    pieces = []
    for found in found_in(text):
        pieces += [text[end : found.start], f"[{found.kind}]"]
        end = found.end
    return "".join([*pieces, text[end:]])


def for_log(text: str) -> str:
    """Return what a log may hold of `text`: its length and a short digest to find it again, no word.

    The digest is keyed, so that short texts cannot be guessed from it.
    """
    digest = salted_hmac("chatbot.privacy.masking", text).hexdigest()[:8]
    return f"<{len(text)} characters, {digest}>"


def _is_hidden(character: str) -> bool:
    return category(character) == "Cc" or 0xE0000 <= ord(character) <= 0xE007F
