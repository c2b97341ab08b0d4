"""Which links stay in an answer."""

import pytest

from chatbot.conversations.answering import links

OURS = frozenset({"lumen.example"})


@pytest.mark.parametrize(
    "text",
    [
        "See https://lumen.example/returns for more.",
        "See [returns](https://lumen.example/returns).",
        "See https://help.lumen.example/a?b=c#d",
        "Write to help@lumen.example.",
        "No link here, e.g. at 3.50 or in Node.js.",
        "A [note] and (a remark) stay! Really.",
    ],
)
def test_what_stays(text: str) -> None:
    assert links.clean(text, OURS) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("See https://evil.com/x now.", "See … now."),
        ("See [our page](https://evil.com/x).", "See our page."),
        ("![logo](https://evil.com/x.png)Hi", "Hi"),
        ("![logo](https://lumen.example/x.png)Hi", "Hi"),
        ("[a](javascript:alert(1))", "a"),
        ("<javascript:alert(1)>", "…"),
        ("<https://evil.com>", "…"),
        ("www.evil.com/x.", "…."),
        ("Go to evil.com/free!", "Go to …!"),
        ("//evil.com/x", "…"),
        ("https://lumen.example.evil.com/", "…"),
        ("https://lumen.example@evil.com/", "…"),
        ("https://evil.com\\@lumen.example/", "…"),
        ("HTTPS://EVIL.COM", "…"),
        ("mail me@evil.com", "mail …"),
        ("data:text/html,x", "…"),
        ("<img src=https://evil.com/x.png>Hi", "Hi"),
        ("<a href='https://evil.com'>Hi</a>", "Hi"),
        ("请访问https://evil.com/x。谢谢", "请访问…。谢谢"),
        ("[x]: https://evil.com\nHi", "\nHi"),
        ("[[a](https://evil.com)](https://evil.com)", "a"),
    ],
)
def test_what_goes(text: str, left: str) -> None:
    assert links.clean(text, OURS) == left


def test_hosts_that_a_text_names() -> None:
    text = "Write to help@lumen.example or see [us](https://shop.lumen.example/x) and www.partner.org."

    assert links.hosts_in([text]) == {"lumen.example", "shop.lumen.example", "www.partner.org"}


def test_long_nonsense_is_looked_at_quickly() -> None:
    for nonsense in ("[" * 5000, "![](" * 2000, "<a " * 3000, "a." * 5000, "https://" * 2000):
        links.clean(nonsense, OURS)
