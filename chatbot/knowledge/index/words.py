"""The words of a text, as they are compared."""

import re
import unicodedata
from functools import lru_cache

import rjieba
import snowballstemmer

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# Scripts that put no space between words and for which there is no dictionary here: pairs of characters.
_UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff"
_PIECES = re.compile(
    rf"(?P<han>[{_HAN}]+)|(?P<unspaced>[{_UNSPACED}]+)|(?P<number>\d+(?:[.,:]\d+)*)"
    rf"|(?P<word>[^\W\d_{_HAN}{_UNSPACED}]+(?:['’][^\W\d_{_HAN}{_UNSPACED}]+)*)"
)
_ACCENTS = re.compile("[\u0300-\u036f]")
_stemmer = snowballstemmer.stemmer("english")


def words(text: str) -> list[str]:
    """Return the words of `text` in order: lower case, without accents, English ones by their stem.

    Chinese is cut by jieba's dictionary, long words also into the shorter ones inside. Numbers stay whole.
    """
    found: list[str] = []
    for piece in _PIECES.finditer(_plain(text)):
        match piece.lastgroup:
            case "han":
                found += rjieba.cut_for_search(piece.group())
            case "unspaced":
                found += _pairs(piece.group())
            case "number":
                found.append(piece.group())
            case _:
                found.append(_stem(piece.group()))
    return found


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).lower()
    if text.isascii():
        return text
    return unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFD", text)))


def _pairs(run: str) -> list[str]:
    return [run[start : start + 2] for start in range(max(1, len(run) - 1))]


@lru_cache(maxsize=65_536)
def _stem(word: str) -> str:
    return _stemmer.stemWord(word.replace("’", "'")) if word.isascii() or "’" in word else word
