"""Reading of files and pages, each in a process that is limited and can be killed."""

from chatbot.knowledge.parsing.limits import DEFAULT, Limits
from chatbot.knowledge.parsing.parsed import PageLinks, Parsed, Section
from chatbot.knowledge.parsing.reading import page_links, parse, sitemap_entries
from chatbot.knowledge.parsing.unreadable import Unreadable

__all__ = [
    "DEFAULT",
    "Limits",
    "PageLinks",
    "Parsed",
    "Section",
    "Unreadable",
    "page_links",
    "parse",
    "sitemap_entries",
]
