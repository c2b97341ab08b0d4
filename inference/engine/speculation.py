"""Guesses at the next tokens from what was said before, checked by the model in the same step.

Prompt look-up (Saxena 2023, "Prompt Lookup Decoding"; Yang et al. 2023, "Inference with Reference"): where
the last tokens occurred before, what followed them may follow again.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from inference.engine.request import Request
from inference.engine.step_costs import StepCosts

LONGEST_DRAFT = 8
LENGTHS = (4, 3, 2)

# How likely a guess is right that follows so many equal tokens; measurements take over from here.
_FIRST_ACCEPTANCE = {4: 0.7, 3: 0.5, 2: 0.3}
_NEW = 0.15

# After so many guesses that did not seem worth their cost a short one is tried: the text may have changed.
_TRY_AGAIN_AFTER = 32
_TRIAL = 2


class Lookup:
    """Where each run of 2 to 4 tokens of one text was seen last before its end."""

    def __init__(self, tokens: Sequence[int]) -> None:
        self.tokens = list(tokens)
        self._following: dict[int, dict[tuple[int, ...], int]] = {}
        for length in LENGTHS:
            # The last run is left out: nothing follows it yet.
            end = max(0, len(self.tokens) - 1)
            shifted = (islice(self.tokens, start, end) for start in range(length))
            runs = zip(*shifted, strict=False)
            self._following[length] = {run: place for place, run in enumerate(runs, start=length)}

    def add(self, token: int) -> None:
        """Take the next token of the text."""
        tokens = self.tokens
        for length in LENGTHS:
            if len(tokens) >= length:
                self._following[length][tuple(tokens[-length:])] = len(tokens)
        tokens.append(token)

    def find(self, most: int) -> tuple[int, list[int]]:
        """The length of the longest run that ends the text and was seen before, and what followed it then.

        These are `most` tokens; where they reach the end of the text they repeat. (0, []) without such a run.
        """
        tokens = self.tokens
        for length in LENGTHS:
            place = self._following[length].get(tuple(tokens[-length:]))
            if place is not None:
                period = len(tokens) - place
                return length, [tokens[place + at % period] for at in range(most)]
        return 0, []


class Speculation:
    """Drafts for the requests that run, as long as seems worth its cost."""

    def __init__(self, costs: StepCosts) -> None:
        self._costs = costs
        self._acceptance = dict(_FIRST_ACCEPTANCE)
        self._texts: dict[Request, _Text] = {}

    def draft(self, request: Request, *, streams: int, rows: int) -> tuple[int, ...]:
        """Tokens that may follow those of `request`, often none.

        `streams` requests are decoding, and their step has `rows` rows so far.
        """
        most = min(LONGEST_DRAFT, request.sampling.max_tokens - len(request.output) - 1)
        # What comes next in a grammar's text is seldom a passage of the prompt.
        if most < 1 or request.sampling.grammar is not None:
            return ()
        text = self._texts.get(request)
        if text is None:
            text = self._texts[request] = _Text(request, self._acceptance)
        for token in request.tokens(len(text.lookup.tokens), request.length):
            text.lookup.add(token)
        text.matched, found = text.lookup.find(most)
        if not found:
            return ()
        length = self._worthwhile(text.acceptance[text.matched], most, streams, rows)
        if not length:
            text.declined += 1
            if text.declined < _TRY_AGAIN_AFTER or not self._worthwhile(1.0, most, streams, rows):
                return ()
            length = min(_TRIAL, most)
        text.declined = 0
        return tuple(found[:length])

    def verified(self, request: Request, offered: int, accepted: int) -> None:
        """Learn how many tokens of the last draft of `request` the model took."""
        text = self._texts[request]
        for acceptance in (text.acceptance, self._acceptance):
            value = acceptance[text.matched]
            for _ in range(accepted):
                value += _NEW * (1 - value)
            if accepted < offered:
                value -= _NEW * value
            acceptance[text.matched] = value

    def forget(self, request: Request) -> None:
        """Drop what is known about a request that has ended."""
        self._texts.pop(request, None)

    def _worthwhile(self, acceptance: float, most: int, streams: int, rows: int) -> int:
        """The draft length that gains most: expected tokens at today's price each, less the longer step."""
        price = self._costs.seconds(streams) / streams
        base = self._costs.seconds(rows)
        best, best_gain = 0, 0.0
        expected, right = 0.0, 1.0
        for length in range(1, most + 1):
            right *= acceptance
            expected += right
            gain = expected * price - (self._costs.seconds(rows + length) - base)
            if gain > best_gain:
                best, best_gain = length, gain
        return best


class _Text:
    """What is known about one request: its tokens, and how often guesses about it were right."""

    __slots__ = ("acceptance", "declined", "lookup", "matched")

    def __init__(self, request: Request, acceptance: dict[int, float]) -> None:
        self.lookup = Lookup(request.tokens(0, request.length))
        self.acceptance = dict(acceptance)
        self.matched = 0
        self.declined = 0
