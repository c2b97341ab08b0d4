"""The same search over plain texts, without a database: for measuring, and for tests."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from chatbot.knowledge.encoders import family
from chatbot.knowledge.index.memory import DEPTH, MemoryIndex
from chatbot.knowledge.index.words import words
from chatbot.knowledge.passage_text import passage_text
from chatbot.knowledge.ranking.candidates import Candidates, PassageFacts
from chatbot.knowledge.ranking.mixing import rank
from chatbot.knowledge.retrieval import Found, Retrieval

Vector = NDArray[np.float32]
PIECE = 5_000


@dataclass(frozen=True, slots=True)
class TextPassage:
    """A passage; those of the same `answer` belong together, empty means that each stands for itself."""

    id: str
    text: str
    title: str = ""
    heading: str = ""
    question: str = ""
    answer: str = ""
    url: str = ""

    @property
    def compared(self) -> str:
        """What is encoded and whose words are compared."""
        return passage_text(self.title, self.heading, self.question, self.text)


class TextIndex:
    """Passages by their place, with vectors (n, d) of length one for each encoder."""

    def __init__(self, passages: Sequence[TextPassage], vectors: Mapping[str, Vector]) -> None:
        self.passages = list(passages)
        self._vectors = {family(name): rows for name, rows in vectors.items()}
        numbers: dict[str, int] = {}
        self._answers = [
            numbers.setdefault(f"a{p.answer}" if p.answer else f"p{p.id}", place)
            for place, p in enumerate(self.passages)
        ]
        self._memory = MemoryIndex(tuple(self._vectors))
        for start in range(0, len(self.passages), PIECE):
            part = slice(start, start + PIECE)
            self._memory.add(
                range(start, start + len(self.passages[part])),
                self._answers[part],
                [words(passage.compared) for passage in self.passages[part]],
                {name: rows[part] for name, rows in self._vectors.items()},
            )

    @property
    def nbytes(self) -> int:
        """Memory of the index itself, in bytes, without texts and full vectors."""
        return self._memory.nbytes

    def candidates(self, query: str, vectors: Mapping[str, Vector], depth: int = DEPTH) -> Candidates:
        """Return the candidates for a question with its vectors by encoder; keys are places in `passages`."""
        named = {family(name): vector for name, vector in vectors.items()}
        hits = self._memory.search(words(query), named, depth)
        keys = hits.keys
        return Candidates(
            query=query,
            passages=tuple(
                PassageFacts(
                    key, self._answers[key], self.passages[key].compared, bool(self.passages[key].question)
                )
                for key in keys.tolist()
            ),
            vectors={
                name: (self._vectors[name][keys] @ vector).astype(np.float32)
                for name, vector in named.items()
                if name in self._vectors
            },
            lexical=hits.lexical,
            covered=hits.covered,
            lexical_ideal=hits.lexical_ideal,
            rows={name: self._vectors[name][keys] for name in named if name in self._vectors},
        )


class TextRetriever:
    """A Retriever over a TextIndex; `encode` gives a question's vectors by encoder, or none at all."""

    def __init__(self, index: TextIndex, encode: Callable[[str], Awaitable[Mapping[str, Vector]]]) -> None:
        self._index = index
        self._encode = encode

    async def retrieve(self, query: str, *, limit: int = 5) -> Retrieval | None:
        """Return the best `limit` passages for `query`; None where there is no passage."""
        if not self._index.passages:
            return None
        vectors = await self._encode(query)
        candidates = self._index.candidates(query, vectors)
        ranked = rank(candidates)
        found = []
        for place in ranked.order[:limit].tolist():
            passage = self._index.passages[candidates.passages[place].key]
            found.append(
                Found(
                    passage_id=passage.id,
                    document_id=passage.answer or passage.id,
                    title=passage.title,
                    url=passage.url,
                    heading=passage.heading,
                    question=passage.question,
                    text=passage.text,
                    **ranked.scores_at(place),
                )
            )
        return Retrieval(query, found, ranked.confidence, is_partial=not vectors)
