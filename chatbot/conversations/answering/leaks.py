"""What an answer must not repeat of the prompt that the assistant was given.

A prompt holds instructions, which are nobody's business, and facts such as opening hours, which are there to
be told. Runs of words from sentences that instruct are kept back, and words that look like secrets.
"""

import re

from chatbot.conversations.answering import sentences, words

ELIDED = "…"

# So many words of an instruction in a row are a quotation of it.
_RUN = 6
# So many of them, at the end of a text that is still being written, are held back until it is clear.
_HELD = 3
# More characters than so many words have.
_LONGEST = 90
_INSTRUCTS = re.compile(
    r"\b(?:you are|you're|your (?:role|task|job|instructions?)|answer|reply|respond|never|always|do not|don't"
    r"|must|secret|internal|confidential|canary|password|passcode|reveal|hidden|if you|if the|pretend|act as"
    r"|assistant|instructions?|prompt|colleague noted)\b"
    r"|你是|您是|不要|不得|请用|请勿|回答|秘密|机密|内部|密码|提示",
    re.IGNORECASE,
)
_HIDES = re.compile(
    r"\b(?:secret|internal|confidential|canary|password|passcode|reveal|hidden"
    r"|never (?:tell|say|share|mention))\b|秘密|机密|内部|密码|不得透露|不要透露",
    re.IGNORECASE,
)
# Who the assistant is may be told.
_INTRODUCES = re.compile(r"\s*(?:you are|you're)\s+(?:the|a|an)\b|\s*[你您]是", re.IGNORECASE)
_ODD = re.compile(r"(?=\w*\d)(?=\w*[A-Za-z])[\w-]{6,}|[A-Z]{2,}(?:[-_][A-Z0-9]+)+|[0-9a-f]{12,}")
_NAMED = re.compile(
    r"[“\"'‘「]([^”\"'’」\n]{3,60})[”\"'’」]|\b([A-Z][A-Z0-9_-]{3,})\b|\bis:?\s+([\w-]{4,})[.\s]*$"
)


class PromptGuard:
    """Tells sentences that give the prompt away."""

    def __init__(self, prompt: str, known: str = "") -> None:
        """Guard `prompt`; what `known`, such as the passages, says anyway may be said."""
        open_text = _joined(words.tokens(known))
        self._runs: set[tuple[str, ...]] = set()
        self.secrets: set[str] = set()
        for sentence in sentences.split(prompt):
            told = words.tokens(sentence)
            hides = bool(_HIDES.search(sentence))
            if hides or (_INSTRUCTS.search(sentence) and not _INTRODUCES.match(sentence)):
                runs = [tuple(told[i : i + _RUN]) for i in range(len(told) - _RUN + 1)]
                self._runs.update(run for run in runs if _joined(run) not in open_text)
            odd = {match.group() for match in _ODD.finditer(sentence)}
            if hides:
                odd |= {group for match in _NAMED.finditer(sentence) for group in match.groups() if group}
            odd = {secret.casefold() for secret in odd if not _HIDES.fullmatch(secret)}
            self.secrets.update(secret for secret in odd if secret not in known.casefold())

        # From the first words of a run to those that go on with it.
        self._next: dict[tuple[str, ...], set[str]] = {}
        # All words of runs and their beginnings: most words of an answer are none of them.
        known_words = {word for run in self._runs for word in run}
        self._beginnings = {word[:length] for word in known_words for length in range(1, len(word) + 1)}
        for run in self._runs:
            for length in range(_HELD, _RUN):
                self._next.setdefault(run[:length], set()).add(run[length])

    def gives_away(self, text: str) -> bool:
        """Tell whether `text` repeats a run of an instruction, or a secret, also when it is spelled apart."""
        lowered = text.casefold()
        squeezed = re.sub(r"[\W_]+", "", lowered)
        for secret in self.secrets:
            bare = re.sub(r"[\W_]+", "", secret)
            if secret in lowered or (len(bare) >= 6 and (bare in squeezed or bare[::-1] in squeezed)):
                return True
        said = words.tokens(text)
        return any(tuple(said[i : i + _RUN]) in self._runs for i in range(len(said) - _RUN + 1))

    def hide(self, text: str, start: int = 0, end: int | None = None) -> str:
        """Return `text` from `start` to `end` with what gives the prompt away elided.

        What stands before and behind is looked at, too: it may belong to the same run of words.
        """
        end = len(text) if end is None else end
        if not self._may_hold(text[start:end]):
            return text[start:end]
        kept, place = "", start
        for begin, stop in self._given_away(text):
            if stop <= place or begin >= end:
                continue
            # Where it began before `start`, an ellipsis stands there already.
            kept += text[place:begin] + (ELIDED if begin >= place else "")
            place = min(stop, end)
        return kept + text[place:end]

    def begun(self, text: str, start: int = 0) -> int:
        """Return where in a growing text, from `start` on, what may give the prompt away begins."""
        lowered = text.casefold()
        place = len(text)
        for secret in self.secrets:
            for length in range(min(len(secret) - 1, len(lowered)), 0, -1):
                starts = length > 2 or not lowered[: len(lowered) - length][-1:].isalnum()
                if starts and lowered.endswith(secret[:length]):
                    place = min(place, len(text) - length)
                    break
        if self._next and words.last(text) in self._beginnings:
            spans = words.spans(text[-_LONGEST:])
            offset = max(0, len(text) - _LONGEST)
            grows = text[-1:].isalnum()
            for length in range(min(_RUN, len(spans)), _HELD - 1, -1):
                last = tuple(token for token, _start, _end in spans[-length:])
                following = self._next.get(last[:-1], ()) if grows else ()
                if last in self._next or any(word.startswith(last[-1]) for word in following):
                    place = min(place, spans[-length][1] + offset)
                    break
        return max(place, start)

    def _may_hold(self, text: str) -> bool:
        """Tell quickly whether `text` may be a part of what gives the prompt away."""
        lowered = text.casefold()
        return any(secret in lowered for secret in self.secrets) or any(
            token in self._beginnings for token in words.tokens(text)
        )

    def _given_away(self, text: str) -> list[tuple[int, int]]:
        """Return from where to where `text` repeats secrets and runs of instructions, in order, joined."""
        found = [
            match.span()
            for secret in self.secrets
            for match in re.finditer(re.escape(secret), text, re.IGNORECASE)
        ]
        spans = words.spans(text) if self._runs else []
        for i in range(len(spans) - _RUN + 1):
            if tuple(token for token, _start, _end in spans[i : i + _RUN]) in self._runs:
                found.append((spans[i][1], spans[i + _RUN - 1][2]))
        joined: list[tuple[int, int]] = []
        for begin, stop in sorted(found):
            if joined and begin <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
            else:
                joined.append((begin, stop))
        return joined


def _joined(tokens: list[str] | tuple[str, ...]) -> str:
    return " " + " ".join(tokens) + " "
