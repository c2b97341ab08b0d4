"""The words of a text that carry its meaning, alike in their forms: what sentences are compared by."""

import re
import tomllib
from pathlib import Path

_TOKEN = re.compile(
    r"\d+(?:[.,:/]\d+)*%?"
    r"|[぀-ヿ㐀-鿿豈-﫿가-힯]"
    r"|[^\W\d_]+(?:['’][^\W\d_]+)*"
)
_WIDE = re.compile(r"[぀-ヿ㐀-鿿豈-﫿]")
_LISTS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
_EMPTY = frozenset(_LISTS["empty"].split()) | frozenset(_LISTS["empty_wide"])
NEGATIONS = frozenset(_LISTS["negations"].split())
HEDGES = frozenset(_LISTS["hedges"].split())
LIMITS = frozenset(_LISTS["limits"].split())
_ENDINGS = ("ingly", "edly", "ings", "ing", "ies", "ied", "ed", "es", "ly", "s")


def tokens(text: str) -> list[str]:
    """Return all words and numbers of `text` in lower case; of Chinese and Japanese each character."""
    return [token.replace("’", "'") for token in _TOKEN.findall(text.casefold())]


def spans(text: str) -> list[tuple[str, int, int]]:
    """Return the tokens of `text`, each with where it begins and ends."""
    return [
        (match.group().casefold().replace("’", "'"), match.start(), match.end())
        for match in _TOKEN.finditer(text)
    ]


def last(text: str) -> str:
    """Return the last token of `text`, empty where there is none near its end."""
    found = _TOKEN.findall(text[-30:].casefold())
    return found[-1].replace("’", "'") if found else ""


def stem(word: str) -> str:
    """Return the word without its commonest endings, so that most forms of one word are alike."""
    word = word.removesuffix("'s")
    if len(word) > 4 and word[0].isalpha():
        for ending in _ENDINGS:
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                word = word[: -len(ending)] + ("y" if ending in ("ies", "ied") else "")
                break
    return word.removesuffix("e") if len(word) > 3 else word


def is_empty(token: str) -> bool:
    """Tell whether a word says nothing by itself."""
    return token in _EMPTY


def is_number(token: str) -> bool:
    """Tell whether a token is a number."""
    return token[0].isdigit()


def count(text: str) -> int:
    """Return how many different words of meaning `text` has; two Chinese characters count as one."""
    told = {token for token in tokens(text) if not is_empty(token)}
    wide = sum(bool(_WIDE.match(token)) for token in told)
    return len(told) - wide + (wide + 1) // 2


def content(text: str) -> list[str]:
    """Return the stems of the words that carry meaning, in order; of Chinese each pair of characters too."""
    found = []
    last = ""
    for token in tokens(text):
        wide = bool(_WIDE.match(token))
        if not is_empty(token):
            found.append(token if wide else stem(token))
        if wide and last:
            found.append(last + token)
        last = token if wide else ""
    return found
