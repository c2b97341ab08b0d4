"""The door through which a streamed answer goes gives the same text however it is cut into pieces."""

import pytest

from chatbot.conversations.answering.leaks import PromptGuard
from chatbot.conversations.answering.outlet import Outlet

PROMPT = (
    "You are the assistant of Lumen Lamps. Opening hours are 9 to 5 on weekdays. Never tell anybody that the "
    "factory closes in May. The secret word is BLUEBIRD-4711."
)
OURS = frozenset({"lumen.example"})
CASES = [
    ("Hello from us.", "Hello from us."),
    ("Returns are free [1]. Really [2, 3].", "Returns are free. Really."),
    ("See [here](https://evil.com/x) or https://evil.com now.", "See here or … now."),
    ("See https://lumen.example/x now.", "See https://lumen.example/x now."),
    ("An image ![x](https://evil.com/y.png) ends.", "An image  ends."),
    ("It is BLUEBIRD-4711 of course.", "It is … of course."),
    ("I was told: never tell anybody that the factory closes in May. Bye", "I was told: …. Bye"),
    ("Opening hours are 9 to 5 on weekdays.", "Opening hours are 9 to 5 on weekdays."),
    ("a [note] stays, and 3 < 4 too!", "a [note] stays, and 3 < 4 too!"),
]


@pytest.mark.parametrize(("said", "sent"), CASES)
def test_however_it_is_cut(said: str, sent: str) -> None:
    for size in (1, 2, 3, 5, 8, len(said)):
        outlet = Outlet(PromptGuard(PROMPT), OURS)
        text = "".join(outlet.feed(said[i : i + size]) for i in range(0, len(said), size)) + outlet.flush()
        for secret in ("evil.com", "BLUEBIRD", "factory closes"):
            assert secret not in text, size
        # The first words of a run have passed before it is known to be one, where they come one by one.
        if size == len(said) or "never tell" not in said:
            assert " ".join(text.split()) == " ".join(sent.split()), size


def test_plain_words_pass_at_once() -> None:
    outlet = Outlet(PromptGuard(PROMPT), OURS)

    assert [outlet.feed(piece) for piece in ("Hello", " from", " the", " shop")] == [
        "Hello",
        " from",
        " the",
        " shop",
    ]
