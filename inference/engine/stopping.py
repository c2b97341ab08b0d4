"""Ends an answer at a stop string, even one that spans several tokens."""

from collections.abc import Sequence


class StopStrings:
    """Passes text on, holding back what could be the beginning of a stop string."""

    def __init__(self, strings: Sequence[str]) -> None:
        self._strings = tuple(strings)
        self._held = ""
        self.reached = False

    def add(self, text: str) -> str:
        """The text that certainly belongs to the answer; once `reached`, what came before the stop string."""
        if not self._strings:
            return text
        self._held += text
        found = [place for string in self._strings if (place := self._held.find(string)) >= 0]
        if found:
            self.reached = True
            return self._release(min(found), drop_rest=True)
        return self._release(len(self._held) - self._longest_beginning())

    def flush(self) -> str:
        """What was held back, when the answer ended otherwise."""
        return self._release(len(self._held))

    def _longest_beginning(self) -> int:
        """Length of the longest end of the held text with which some stop string begins."""
        longest = min(len(self._held), max(map(len, self._strings)) - 1)
        return next(
            (
                length
                for length in range(longest, 0, -1)
                if any(string.startswith(self._held[-length:]) for string in self._strings)
            ),
            0,
        )

    def _release(self, length: int, *, drop_rest: bool = False) -> str:
        text, self._held = self._held[:length], "" if drop_rest else self._held[length:]
        return text
