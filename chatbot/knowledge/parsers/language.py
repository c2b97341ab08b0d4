"""Which language a text is in, from its script and its commonest words.

Statistical guessers load for longer than most documents take to read, and what is decided by this here,
Chinese or not, the script tells.
"""

import re

SAMPLE_CHARACTERS = 20_000
_SCRIPTS = {
    "han": "\u3400-\u4dbf\u4e00-\u9fff",
    "ja": "\u3041-\u30ff",
    "ko": "\uac00-\ud7af\u1100-\u11ff",
    "ru": "\u0400-\u04ff",
    "ar": "\u0600-\u06ff",
    "he": "\u0590-\u05ff",
    "el": "\u0370-\u03ff",
    "th": "\u0e00-\u0e7f",
    "hi": "\u0900-\u097f",
}
_PATTERNS = {name: re.compile(f"[{characters}]") for name, characters in _SCRIPTS.items()}
_LATIN_WORD = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)?")
# A letter of an alphabet is about a fifth of a word, a Chinese character about two thirds of one.
_WORDS_A_CHARACTER = {"han": 0.65, "ja": 0.4, "ko": 0.35, "th": 0.25}
_COMMON = {
    "en": "the of and to in is you that it for are with as be on this have from or by not your can we"
    " will what how do if an at my i",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es"
    " an werden sie wir ihr ihre wie kann ich bei",
    "fr": "le la les de des et est un une du en que qui dans pour pas sur au avec ce vous nous votre"
    " il sont plus par je ou comment",
    "es": "el la los las de que y en un una por con para no es se su al del como más lo su puede"
    " usted si cómo mi",
    "it": "il la di che e un una per non con del è sono della si da in come le i gli nel questo anche"
    " o più può",
    "pt": "o a os as de que e do da em um uma para com não é por no na se mais como dos você seu sua ao pode",
    "nl": "de het een en van is dat in op te zijn met voor niet aan er om ook als bij u uw kan wij"
    " deze hoe ik",
    "pl": "i w na się z do że nie jest to o jak po za od przez dla są lub czy może ten tej",
    "sv": "och att det i en som är på för med av inte den till om har du kan vi ett eller din hur jag",
    "tr": "ve bir bu için ile de da ne olarak daha çok gibi en veya nasıl mı değil siz",
    "vi": "và của là có cho không được trong các với một này bạn những để khi tôi",
    "id": "yang dan di untuk dengan dari ini itu tidak adalah pada anda kami ke dalam atau bisa akan",
}
_COMMON_WORDS = {language: frozenset(words.split()) for language, words in _COMMON.items()}


def language_of(text: str) -> str:
    """Return the ISO 639-1 code of the language that most of `text` is in, or "" where that is unclear."""
    sample = text[:SAMPLE_CHARACTERS]
    latin = _LATIN_WORD.findall(sample.lower())
    words = {
        name: len(pattern.findall(sample)) * _WORDS_A_CHARACTER.get(name, 0.2)
        for name, pattern in _PATTERNS.items()
    }
    # Japanese mixes kana with Chinese characters.
    if words["ja"] > 0.1 * words["han"]:
        words["ja"] += words.pop("han")
    script = max(words, key=lambda name: words[name])
    if words[script] > 0.5 * len(latin):
        return _within(script, sample)
    return _by_common_words(latin)


def _within(script: str, sample: str) -> str:
    if script == "han":
        return "zh"
    if script == "ru" and re.search("[іїєґ]", sample):
        return "uk"
    if script == "ar" and re.search("[پچژگ]", sample):
        return "fa"
    return script


def _by_common_words(words: list[str]) -> str:
    hits = {language: sum(word in common for word in words) for language, common in _COMMON_WORDS.items()}
    first, second = sorted(hits, key=lambda language: hits[language], reverse=True)[:2]
    is_clear = hits[first] >= 2 and hits[first] >= 0.08 * len(words) and hits[first] > hits[second]
    return first if is_clear else ""
