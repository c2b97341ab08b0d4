"""Reads a document from standard input and writes what it found, or why not, as JSON.

The one argument is a JSON object: `task` ("document", "links" or "sitemap"), `media_type`, `charset` and
limits. Started by `chatbot.knowledge.parsing`, one process for each document.
"""

import json
import sys
import traceback
from typing import Any

from chatbot.knowledge.parsers.confinement import confine
from chatbot.knowledge.parsers.language import language_of
from chatbot.knowledge.parsers.plain_text import read_plain_text
from chatbot.knowledge.parsers.refused import Refused
from chatbot.knowledge.parsers.sections import Sections
from chatbot.knowledge.parsers.table import as_sections, read_table


def main(order: dict[str, Any]) -> dict[str, Any]:
    """Return `{"found": …}`, or `{"code": …, "fact": …}` where the document is refused."""
    try:
        content = sys.stdin.buffer.read()
        if order["task"] == "document":
            return {"found": _document(content, order)}
        from chatbot.knowledge.parsers.links import links_of, sitemap_of

        if order["task"] == "sitemap":
            return {"found": sitemap_of(content, order["limit"])}
        from chatbot.knowledge.parsers.decoding import decoded

        return {"found": links_of(decoded(content, order["charset"], is_html=True))}
    except Refused as refused:
        return {"code": refused.code, "fact": refused.fact}
    except MemoryError:
        return {"code": "broken", "fact": "memory"}
    except Exception:
        # Whatever a library raises over a strange file means that the file is not read.
        traceback.print_exc()
        return {"code": "broken", "fact": ""}


def _document(content: bytes, order: dict[str, Any]) -> dict[str, Any]:
    """Only what the type needs is imported, which is most of the time that a small document takes."""
    kind, charset = order["media_type"], order["charset"]
    sections = Sections(order["characters"])
    records: list[dict[str, str]] | None = None
    declared = ""
    if kind == "application/pdf":
        from chatbot.knowledge.parsers.pdf import read_pdf

        read_pdf(content, sections, order["pages"])
    elif kind.startswith("application/vnd.openxmlformats"):
        from chatbot.knowledge.parsers.word import read_word

        read_word(content, sections, order["unpacked_bytes"])
    else:
        from chatbot.knowledge.parsers.decoding import decoded

        text = decoded(content, charset, is_html=kind == "text/html")
        if kind == "text/html":
            from chatbot.knowledge.parsers.web_page import read_web_page

            declared = read_web_page(text, sections)
        elif kind == "text/markdown":
            from chatbot.knowledge.parsers.marked_text import read_marked_text

            read_marked_text(text, sections)
        elif kind == "text/csv":
            records = read_table(text, sections, order["rows"])
        else:
            read_plain_text(text, sections)
    # The first entry of a PDF's outline is a chapter; files of the other kinds begin with their title.
    title = sections.title or (sections.first_heading() if kind != "application/pdf" else "")
    return _told(sections, records, title, declared)


def _told(
    sections: Sections, records: list[dict[str, str]] | None, title: str, declared: str
) -> dict[str, Any]:
    found = sections.finished() if records is None else as_sections(records)
    if not any(character.isalnum() for section in found for character in section["text"]):
        raise Refused("empty")
    sample = "\n".join(section["text"][:2000] for section in found[:50])
    return {
        "title": title[:300],
        "language": language_of(sample) or declared,
        "sections": found,
        "records": records,
    }


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    confine(given["memory_bytes"], given["seconds"], given["output_bytes"])
    # Half of a surrogate pair, which broken files hold, is no text.
    sys.stdout.buffer.write(json.dumps(main(given), ensure_ascii=False).encode("utf-8", "replace"))
