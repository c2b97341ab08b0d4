"""What a site's assistant can look up: sources, their documents, and the passages that are searched."""

from chatbot.knowledge.models.documents import Document
from chatbot.knowledge.models.index_jobs import IndexJob
from chatbot.knowledge.models.knowledge_settings import KnowledgeSettings
from chatbot.knowledge.models.passage_vectors import KnowledgeChange, KnowledgeRevision, PassageVector
from chatbot.knowledge.models.passages import Passage
from chatbot.knowledge.models.sources import Source

__all__ = [
    "Document",
    "IndexJob",
    "KnowledgeChange",
    "KnowledgeRevision",
    "KnowledgeSettings",
    "Passage",
    "PassageVector",
    "Source",
]
