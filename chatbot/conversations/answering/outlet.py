"""The last door of an answer that streams: no marker, foreign link or image, and nothing of the prompt.

Text passes at once, except for an end that may yet become one of these.
"""

import re

from chatbot.conversations.answering import citations, links
from chatbot.conversations.answering.leaks import PromptGuard

# How much of what has passed is looked at together with what comes.
_CONTEXT = 120


class Outlet:
    """Takes pieces as the model writes them and gives what may be sent."""

    def __init__(self, guard: PromptGuard, hosts: frozenset[str], passed: str = "") -> None:
        """`passed` is what was sent before, by whoever wrote the beginning of the answer."""
        self._guard = guard
        self._hosts = hosts
        self._pending = ""
        self._passed = passed[-_CONTEXT:]

    def feed(self, piece: str) -> str:
        """Take a piece and return what may be sent now."""
        self._pending = citations.without_markers(self._pending + piece, grows=True)
        place = min(
            links.begun(self._pending),
            citations.begun(self._pending),
            self._guard.begun(self._pending, self._passed),
        )
        if place and self._pending[place - 1] == " ":
            # It goes with a marker that goes.
            place -= 1
        ready, self._pending = self._pending[:place], self._pending[place:]
        return self._pass(ready)

    def flush(self) -> str:
        """Return what was held back, at the end of the answer."""
        ready, self._pending = self._pending, ""
        return self._pass(ready)

    def _pass(self, text: str) -> str:
        if not text:
            return ""
        # A word whose beginning has passed may turn out to be the name of a host.
        head = "" if not self._passed or self._passed[-1].isspace() else self._passed.split()[-1]
        cleaned = links.clean(citations.without_markers(head + text), self._hosts)
        cleaned = cleaned.removeprefix(head) if cleaned.startswith(head) else links.ELIDED + _behind(text)
        cleaned = self._guard.hide(cleaned, self._passed)
        self._passed = (self._passed + cleaned)[-_CONTEXT:]
        return cleaned


def _behind(text: str) -> str:
    """Return what follows the first word of `text`."""
    blank = re.search(r"\s", text)
    return text[blank.start() :] if blank else ""
