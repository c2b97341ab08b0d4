"""In which language a visitor writes: by script, and where several share the Latin one by common words."""

import re

from chatbot.conversations.answering import words

_SCRIPTS = (
    ("ja", re.compile(r"[\u3040-\u30ff]")),
    ("ko", re.compile(r"[\uac00-\ud7a3\u1100-\u11ff]")),
    ("zh", re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")),
    ("ru", re.compile(r"[\u0400-\u04ff]")),
    ("ar", re.compile(r"[\u0600-\u06ff]")),
    ("hi", re.compile(r"[\u0900-\u097f]")),
    ("th", re.compile(r"[\u0e00-\u0e7f]")),
    ("el", re.compile(r"[\u0370-\u03ff]")),
    ("he", re.compile(r"[\u0590-\u05ff]")),
)
_WORDS = {
    "en": "the is are was what how do does can you my i to of and where when which it have for please"
    " hello thanks",
    "de": "der die das ist sind was wie ich kann sie mein meine nicht und wo wann ein eine bitte hallo"
    " danke zu mit",
    "fr": "le la les est sont que quoi comment je puis vous mon ma pas et où quand un une bonjour merci"
    " pour des avec",
    "es": "el la los es son qué que cómo como puedo mi no y dónde cuando un una hola gracias por para"
    " con está",
    "it": "il lo gli è sono che cosa come posso mio mia non e dove quando un una ciao grazie per con di",
    "pt": "o os é são que como posso meu minha não e onde quando um uma olá obrigado por para com está",
    "nl": "de het is zijn wat hoe ik kan u mijn niet en waar wanneer een hallo bedankt voor met",
}
_SETS = {language: frozenset(line.split()) for language, line in _WORDS.items()}
# Scripts that other languages have for themselves say against a Latin hint.
_OWN_SCRIPT = frozenset(language for language, _script in _SCRIPTS)


def language_of(text: str, hint: str = "") -> str:
    """Return the ISO 639-1 code of the language of `text`; `hint` is what the visitor reads, for a doubt.

    Empty where neither says anything.
    """
    hint = hint[:2].casefold()
    letters = sum(character.isalpha() for character in text) or 1
    for language, script in _SCRIPTS:
        count = len(script.findall(text))
        # A name in another script does not change the language that a question is asked in.
        if count >= 2 and count * 4 >= letters:
            same_script = (language == "ru" and hint in ("uk", "bg", "sr")) or (
                language == "ar" and hint == "fa"
            )
            return hint if same_script else language
    said = words.tokens(text)
    counts = {language: sum(token in known for token in said) for language, known in _SETS.items()}
    best = max(counts.values(), default=0)
    likely = [language for language, count in counts.items() if count == best]
    if not best:
        return "" if hint in _OWN_SCRIPT and any(token.isalpha() for token in said) else hint
    if hint in likely:
        return hint
    return likely[0] if len(likely) == 1 or "en" in likely[:1] else ""
