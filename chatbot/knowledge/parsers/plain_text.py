"""Plain text: its paragraphs."""

import re

from chatbot.knowledge.parsers.sections import Sections, plain


def read_plain_text(text: str, sections: Sections) -> None:
    """Fill `sections` with what blank lines part; the lines of a paragraph stay lines."""
    for paragraph in re.split(r"\n[^\S\n]*\n", text):
        sections.paragraph("\n".join(line for line in map(plain, paragraph.split("\n")) if line))
