"""Sentences of a model, looked at one by one before anybody reads them."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence

from chatbot.conversations.answering import citations, links, quoting, sentences, words
from chatbot.conversations.answering.account import Account
from chatbot.conversations.answering.evidence import Evidence, Support
from chatbot.conversations.answering.leaks import PromptGuard

# More than these a small model does not say before it repeats itself.
_MOST_SENT = 5
_MOST_WRITTEN = 12


class Checker:
    """Decides for each sentence whether it is sent, and notes it in the account."""

    def __init__(
        self, account: Account, texts: Sequence[str], query: str, guard: PromptGuard, hosts: frozenset[str]
    ) -> None:
        self._account = account
        self._evidence = Evidence(texts)
        self._asked = set(words.content(query))
        self._guard = guard
        self._hosts = hosts
        self._said: set[tuple[str, ...]] = set()
        self._dropped_last = False
        self.sent: list[Support] = []

    def look(self, sentence: str) -> str:
        """Return what is sent of a sentence, nothing where it is dropped."""
        bare = citations.without_markers(sentence)
        cleaned = links.clean(bare, self._hosts)
        support = self._evidence.check(cleaned)
        key = tuple(words.content(cleaned))
        again = key in self._said
        self._said.add(key)
        sendable = (
            support.supported
            and not again
            and cleaned == bare
            and not self._guard.gives_away(cleaned)
            and not quoting.is_command(cleaned)
            and not cleaned.rstrip().endswith(("?", "？", ":", "："))
            and not (self._dropped_last and quoting.LEANS.match(cleaned))
            and (bool(self.sent) or self._is_about_the_question(cleaned, support))
        )
        self._dropped_last = not sendable
        self.note(cleaned, support, sendable)
        if not sendable:
            return ""
        self.sent.append(support)
        return cleaned

    def note(self, sentence: str, support: Support, sent: bool) -> None:
        """Keep a sentence in the account."""
        self._account.sentences.append(
            {
                "text": sentence.strip(),
                "supported": support.supported,
                "passages": list(support.passages),
                "score": support.score,
                "sent": sent,
            }
        )

    def judge(self, text: str) -> None:
        """Note all sentences of a text that was sent as it is."""
        for sentence in sentences.split(text):
            support = self._evidence.check(sentence)
            self.note(sentence, support, sent=True)
            if support.supported:
                self.sent.append(support)

    @property
    def cited(self) -> list[int]:
        """The numbers of the passages that what was sent relies on, in order."""
        return list(dict.fromkeys(number for support in self.sent for number in support.passages))

    @property
    def has_enough(self) -> bool:
        return len(self.sent) >= _MOST_SENT or len(self._account.sentences) >= _MOST_WRITTEN

    def _is_about_the_question(self, sentence: str, support: Support) -> bool:
        """Tell whether it shares a word with the question or is of the best passage.

        What is true and beside the point is no answer.
        """
        return 1 in support.passages or bool(self._asked & set(words.content(sentence)))


async def checked(
    pieces: AsyncIterator[str], checker: Checker, so_far: str = ""
) -> AsyncGenerator[str, None]:
    """Yield the sentences of `pieces` that `checker` lets pass, each once it has ended.

    The blanks between two sentences come with the second one, so that no answer ends with them.
    """
    pending, blanks = "", " " if so_far and not so_far[-1].isspace() else ""
    async for piece in pieces:
        ended, pending = sentences.take(pending + piece)
        for sentence in ended:
            if text := checker.look(sentence):
                yield blanks + text.strip()
                blanks = text[len(text.rstrip()) :] or " "
            if checker.has_enough:
                return
    if pending.strip() and (text := checker.look(pending)):
        yield blanks + text.strip()
