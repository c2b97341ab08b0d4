"""Markdown: its text without the marks, under its headings."""

import re
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatbot.knowledge.parsers.sections import Sections, on_one_line, plain

_FRONT_MATTER = re.compile(r"\A---\n(.{0,20000}?)\n(?:---|\.\.\.)\n", re.S)
_TITLE = re.compile(r"^title\s*:\s*[\"']?(.{1,300}?)[\"']?\s*$", re.M | re.I)
_TAG = re.compile(r"<[^<>]{0,2000}>")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)|<(script|style)\b.*?(?:</\1>|\Z)", re.S | re.I)


def read_marked_text(text: str, sections: Sections) -> None:
    """Fill `sections`; links keep their words and lose their addresses, images and comments go."""
    title = ""
    if front := _FRONT_MATTER.match(text):
        named = _TITLE.search(front[1])
        title = plain(named[1]) if named else ""
        text = text[front.end() :]
    tokens = MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(text)
    lists = 0
    row: list[str] | None = None
    heading = 0
    first_of_entry = False
    for token in tokens:
        kind = token.type
        if kind == "heading_open":
            heading = int(token.tag[1:])
        elif kind == "heading_close":
            heading = 0
        elif kind in ("bullet_list_open", "ordered_list_open"):
            lists += 1
        elif kind in ("bullet_list_close", "ordered_list_close"):
            lists -= 1
        elif kind == "list_item_open":
            first_of_entry = True
        elif kind == "tr_open":
            row = []
        elif kind == "tr_close" and row is not None:
            sections.paragraph(" | ".join(row))
            row = None
        elif kind == "inline":
            words = _words(token.children or ())
            if heading:
                sections.heading(heading, words)
            elif row is not None:
                row.append(on_one_line(words))
            else:
                sections.paragraph(f"- {words}" if lists and first_of_entry and words else words)
                first_of_entry = False
        elif kind in ("fence", "code_block"):
            sections.paragraph(token.content.rstrip())
        elif kind == "html_block":
            sections.paragraph(plain(_TAG.sub(" ", _HIDDEN.sub(" ", token.content))))
    sections.title = title or sections.first_heading()


def _words(tokens: Sequence[Token]) -> str:
    pieces = []
    for token in tokens:
        if token.type in ("text", "code_inline", "text_special"):
            pieces.append(token.content)
        elif token.type == "softbreak":
            pieces.append(" ")
        elif token.type == "hardbreak":
            pieces.append("\n")
    return "\n".join(on_one_line(line) for line in "".join(pieces).split("\n"))
