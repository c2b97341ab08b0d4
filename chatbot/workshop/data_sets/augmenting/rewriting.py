"""Questions written anew by the language model: as paraphrases, or there and back through another language.

Back-translation: R. Sennrich, B. Haddow, A. Birch, "Improving neural machine translation models with
monolingual data", ACL 2016.
"""

from contextlib import aclosing

from chatbot.workshop.data_sets.problems import DataProblem
from inference.gateway import ChatMessage, Gateway, ModelUnavailable, RequestRejected

_MOST_TOKENS = 200
_NAMES = {
    **{"en": "English", "zh": "Chinese", "de": "German", "fr": "French", "es": "Spanish", "it": "Italian"},
    **{"pt": "Portuguese", "nl": "Dutch", "ja": "Japanese", "ko": "Korean", "ru": "Russian"},
}
LANGUAGES = tuple(_NAMES)


async def paraphrase(gateway: Gateway, question: str) -> str:
    """Return `question` in other words, as the model would say it; raises DataProblem where there is none."""
    told = (
        "Rewrite the customer's question in other words. Keep its language, its meaning, all names and all "
        "numbers. Write the question only."
    )
    return await _asked(gateway, told, question, temperature=0.9)


async def translate(gateway: Gateway, text: str, language: str) -> str:
    """Return `text` in another language, by its code; raises DataProblem where there is no model."""
    told = f"Translate the customer's text into {_NAMES[language]}. Write the translation only."
    return await _asked(gateway, told, text, temperature=0.0)


async def _asked(gateway: Gateway, told: str, text: str, temperature: float) -> str:
    messages: list[ChatMessage] = [{"role": "system", "content": told}, {"role": "user", "content": text}]
    pieces = []
    try:
        chunks = gateway.stream_chat(messages, max_tokens=_MOST_TOKENS, temperature=temperature)
        async with aclosing(chunks) as stream:
            async for chunk in stream:
                pieces.append(chunk.text)
    except (ModelUnavailable, RequestRejected):
        raise DataProblem("no_model") from None
    return "".join(pieces).strip().strip('"“”').strip()
