"""The last door of an answer that streams: no marker, foreign link or image, and nothing of the prompt.

Text passes at once, except for an end that may yet become one of these.
"""

import re

from chatbot.conversations.answering import citations, links
from chatbot.conversations.answering.leaks import ELIDED, PromptGuard

# How much of what has passed is looked at together with what comes.
_CONTEXT = 90


class Outlet:
    """Takes pieces as the model writes them and gives what may be sent."""

    def __init__(self, guard: PromptGuard, hosts: frozenset[str], passed: str = "") -> None:
        """`passed` is what was sent before, by whoever wrote the beginning of the answer."""
        self._guard = guard
        self._hosts = hosts
        self._pending = ""
        # The end of what has left, as it was written and as it was sent.
        self._written = self._sent = passed[-_CONTEXT:]

    def feed(self, piece: str) -> str:
        """Take a piece and return what may be sent now."""
        self._pending = citations.without_markers(self._pending + piece, grows=True)
        before = len(self._written)
        place = min(
            links.begun(self._pending),
            citations.begun(self._pending),
            self._guard.begun(self._written + self._pending, before) - before,
        )
        if place and self._pending[place - 1] == " ":
            # It goes with a marker that goes.
            place -= 1
        return self._release(place)

    def flush(self) -> str:
        """Return what was held back, at the end of the answer."""
        return self._release(len(self._pending))

    def _release(self, place: int) -> str:
        """Send the first `place` characters of what is pending."""
        if not place:
            return ""
        before = len(self._written)
        shown = self._guard.hide(self._written + self._pending, before, before + place)
        self._written = (self._written + self._pending[:place])[-_CONTEXT:]
        self._pending = self._pending[place:]
        # A word whose beginning has left may turn out to be the name of a host.
        head = "" if not self._sent or self._sent[-1].isspace() else self._sent.split()[-1]
        cleaned = links.clean(citations.without_markers(head + shown), self._hosts)
        cleaned = cleaned.removeprefix(head) if cleaned.startswith(head) else ELIDED + _behind(shown)
        self._sent = (self._sent + cleaned)[-_CONTEXT:]
        return cleaned


def _behind(text: str) -> str:
    """Return what follows the first word of `text`."""
    blank = re.search(r"\s", text)
    return text[blank.start() :] if blank else ""
