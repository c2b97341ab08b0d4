"""The candidates of every question of a scenario, as a visitor's question would find them."""

from collections.abc import Sequence

from chatbot.knowledge.encoders import family
from chatbot.knowledge.ranking.candidates import Candidates
from chatbot.knowledge.ranking.comparing import ENGLISH_ENCODER
from chatbot.knowledge.ranking.languages import script_of
from chatbot.knowledge.text_retriever import TextIndex
from chatbot.knowledge.tuning.scenarios import Scenario
from chatbot.knowledge.tuning.vectors import KeptVectors


def candidates_of(scenario: Scenario, vectors: KeptVectors, encoders: Sequence[str]) -> list[Candidates]:
    """Return the candidates of `scenario.asked`, in order, found with these encoders (names with version)."""
    texts = [passage.compared for passage in scenario.passages]
    index = TextIndex(scenario.passages, {name: vectors.of(texts, "passage", name) for name in encoders})
    questions = [asked.text for asked in scenario.asked]
    encoded = {name: vectors.of(questions, "query", name) for name in encoders}
    return [
        index.candidates(
            text,
            {
                name: rows[place]
                for name, rows in encoded.items()
                if family(name) != ENGLISH_ENCODER or script_of(text) == "latin"
            },
        )
        for place, text in enumerate(questions)
    ]
