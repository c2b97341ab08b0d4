"""Whether what a model wrote still asks the same."""

from collections.abc import Sequence

from chatbot.analytics.labelling.label_reading import same_text
from chatbot.conversations.answering.languages import language_of
from chatbot.workshop.data_sets.augmenting.rewriting import translate
from chatbot.workshop.data_sets.problems import DataProblem
from inference.encoding import Encoders, EncoderUnavailable
from inference.gateway import Gateway

# In words: at most so many times as long or short.
_LONGER = 2.5
# Of the sentences of the trial, so many have to come back; they hold no name and no number.
_MOST_LOST = 1
TRIAL = {
    "en": (
        "My parcel has not arrived yet.",
        "How can I return a broken lamp?",
        "Do you ship to other countries?",
        "I would like to change my address.",
        "When will I get my money back?",
    ),
    "zh": (
        "我的包裹还没有到。",
        "坏了的灯怎么退货？",
        "你们可以寄到国外吗？",
        "我想修改收货地址。",
        "什么时候可以退款？",
    ),
}


async def likenesses(encoders: Encoders, pairs: Sequence[tuple[str, str]]) -> list[float]:
    """Return the cosine of each pair's vectors; raises DataProblem where no encoder answers."""
    texts = [text for pair in pairs for text in pair]
    try:
        vectors = await encoders.embed(texts, "query")
    except EncoderUnavailable:
        raise DataProblem("no_encoder") from None
    return [float(vectors[place] @ vectors[place + 1]) for place in range(0, len(texts), 2)]


def could_be(question: str, made: str) -> bool:
    """Tell whether `made` is another text of about that length and in the same language."""
    if not made or same_text(made).strip("?!.。？！ ") == same_text(question).strip("?!.。？！ "):
        return False
    if not 1 / _LONGER <= len(made) / len(question) <= _LONGER:
        return False
    language = language_of(question)
    return not language or language_of(made, language) == language


async def require_translation(gateway: Gateway, encoders: Encoders, pivot: str, least: float) -> None:
    """Return when the model brings sentences into the language `pivot` and back with their meaning.

    Raises DataProblem("cannot_translate") with how many came back, else.
    """
    home = "zh" if pivot == "en" else "en"
    sentences = TRIAL[home]
    back = []
    for sentence in sentences:
        there = await translate(gateway, sentence, pivot)
        # A model that cannot translate often repeats what it was told.
        is_there = bool(there) and language_of(there) == pivot
        back.append(await translate(gateway, there, home) if is_there else "")
    alike = await likenesses(
        encoders, [(one, other or "-") for one, other in zip(sentences, back, strict=True)]
    )
    good = sum(
        likeness >= least and language_of(made, home) == home and bool(made)
        for likeness, made in zip(alike, back, strict=True)
    )
    if good < len(sentences) - _MOST_LOST:
        raise DataProblem("cannot_translate", f"{good} / {len(sentences)}")
