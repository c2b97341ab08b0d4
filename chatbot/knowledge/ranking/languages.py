"""The script of a text, and whether it is English: cheap guesses for what may be compared with what."""

import re
from functools import lru_cache

_SCRIPTS = {
    "latin": re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]"),
    "han": re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]"),
    "kana": re.compile("[\u3040-\u30ff]"),
    "hangul": re.compile("[\uac00-\ud7af\u1100-\u11ff]"),
    "cyrillic": re.compile("[\u0400-\u04ff]"),
    "greek": re.compile("[\u0370-\u03ff]"),
    "arabic": re.compile("[\u0600-\u06ff]"),
    "hebrew": re.compile("[\u0590-\u05ff]"),
    "devanagari": re.compile("[\u0900-\u097f]"),
    "thai": re.compile("[\u0e00-\u0e7f]"),
}
# A character of Chinese says about as much as two letters; names and brands in Latin letters are common in
# texts of other scripts, and not the other way round.
_WEIGHT = {"latin": 0.5, "han": 1.5}
_KANA_SHARE = 0.1
# As much of a text says what it is written in.
_CHARACTERS_READ = 600

_WORD = re.compile(r"[^\W\d_]+")
_ENGLISH_WORDS = """
    the a an is are was were be to of and in on for it i you my your me we do does did can could would should
    how what when where which who why if not have has with this that there will any from at by or
"""
_OTHER_WORDS = """
    der das und ist nicht ich wie wo wann mein meine ein eine den mit für auf zu sie wir kann le la les des
    est et je mon ma une un pas que comment où quand pour dans avec vous el los las y es una mi cómo dónde
    cuándo para con por qué il lo gli che non come dove quando per sono mio os e não meu minha het een niet
    ik mijn hoe waar van jag är och inte hur min jak nie jest czy
"""
_ENGLISH = frozenset(_ENGLISH_WORDS.split())
_OTHERS = frozenset(_OTHER_WORDS.split())


@lru_cache(maxsize=8_192)
def script_of(text: str) -> str:
    """Return the script that most of a text is written in (latin, han, kana, ...); empty without letters.

    Japanese is "kana" although much of it is Han.
    """
    part = text[:_CHARACTERS_READ]
    counts = {name: len(pattern.findall(part)) * _WEIGHT.get(name, 1.0) for name, pattern in _SCRIPTS.items()}
    if counts["kana"] > _KANA_SHARE * (counts["han"] + counts["kana"]):
        counts["kana"] += counts.pop("han")
    name = max(counts, key=lambda key: counts[key])
    return name if counts[name] else ""


@lru_cache(maxsize=8_192)
def is_english(text: str) -> bool:
    """Tell whether a text seems to be English; a Latin text that does not say what it is counts as such."""
    if script_of(text) != "latin":
        return False
    words = [word.lower() for word in _WORD.findall(text[:_CHARACTERS_READ])]
    english = sum(word in _ENGLISH for word in words)
    others = sum(word in _OTHERS or not word.isascii() for word in words)
    return english >= others
