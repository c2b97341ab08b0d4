"""PDF: the pages' text, put back into paragraphs, under the outline's entries or the large lines."""

import re

import pypdfium2

from chatbot.knowledge.parsers.pdf_lines import (
    Line,
    heading_levels,
    lines_of,
    looks_like_heading,
    without_margins,
)
from chatbot.knowledge.parsers.refused import Refused
from chatbot.knowledge.parsers.sections import Sections, on_one_line

# FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY of PDFium's fpdfview.h.
_NEEDS_PASSWORD = {4, 5}
_OUTLINE_MAX = 2000
_NEW_PARAGRAPH = re.compile(r"^(?:[-–—•●▪■◦‣*·]\s|\(?\d{1,3}[.)、]|[a-zA-Z][.)]\s|第.{1,4}[章节条])")
_ENDS = re.compile(r"[.!?:;。！？：；…]['\"”’)）]?$")
# What programs write into a title that nobody gave.
_NO_TITLE = re.compile(
    r"^untitled|^microsoft |^powerpoint |^document\d*$|\.(?:docx?|odt|indd|pptx?|pdf|tex|qxd)$", re.I
)
_NUMBERING = re.compile(r"^\s*\d{1,3}(?:\.\d{1,3}){0,4}\.?\s+(?=\S)")
_CHINESE_END = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]$")


def read_pdf(content: bytes, sections: Sections, max_pages: int) -> None:
    """Fill `sections`; raises Refused for encrypted and broken files, and for more than `max_pages`."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        raise Refused("encrypted" if error.err_code in _NEEDS_PASSWORD else "broken") from error
    if len(document) > max_pages:
        raise Refused("too_many_pages", str(max_pages))
    title = on_one_line(document.get_metadata_dict().get("Title", ""))
    sections.title = "" if _NO_TITLE.search(title) else title
    pages = without_margins([lines_of(document[number]) for number in range(len(document))])
    outline = _outline(document)
    levels = {} if outline else heading_levels(pages)
    for number, lines in enumerate(pages):
        _add_page(lines, outline.get(number, []), levels, sections)


def _outline(document: pypdfium2.PdfDocument) -> dict[int, list[tuple[int, str]]]:
    """Return the outline's entries, level and title, by the page that they point to."""
    found: dict[int, list[tuple[int, str]]] = {}
    for position, entry in enumerate(document.get_toc(max_depth=6)):
        target = entry.get_dest()
        title = on_one_line(entry.get_title())
        if position >= _OUTLINE_MAX:
            break
        if target is not None and target.get_index() is not None and title:
            found.setdefault(target.get_index(), []).append((entry.level + 1, title))
    return found


def _add_page(
    lines: list[Line], entries: list[tuple[int, str]], levels: dict[float, int], sections: Sections
) -> None:
    """Add paragraphs; an entry of the outline begins at the line that repeats it, or at the page's top."""
    waiting = list(entries)
    titles = {_bare(line.text) for line in lines}
    while waiting and _bare(waiting[0][1]) not in titles:
        sections.heading(*waiting.pop(0))
    paragraph: list[str] = []
    heading: list[Line] = []
    width = max((len(line.text) for line in lines), default=0)

    def end_heading() -> None:
        if heading:
            sections.heading(levels[heading[0].height], " ".join(line.text for line in heading))
            heading.clear()

    def end_paragraph() -> None:
        sections.paragraph(_joined(paragraph))
        paragraph.clear()

    for line in lines:
        match = next((at for at, (_l, title) in enumerate(waiting) if _bare(title) == _bare(line.text)), None)
        if match is not None:
            end_paragraph()
            for level, title in waiting[: match + 1]:
                sections.heading(level, title)
            del waiting[: match + 1]
        elif looks_like_heading(line, levels):
            end_paragraph()
            if heading and heading[-1].height != line.height:
                end_heading()
            heading.append(line)
        else:
            end_heading()
            if paragraph and (_ends_here(paragraph[-1], width) or _NEW_PARAGRAPH.match(line.text)):
                end_paragraph()
            paragraph.append(line.text)
    end_heading()
    end_paragraph()


def _ends_here(line: str, width: int) -> bool:
    """Say whether a paragraph ends with this line: it stops short of the page's width."""
    return len(line) < (0.85 if _ENDS.search(line) else 0.55) * width


def _joined(lines: list[str]) -> str:
    text = ""
    for line in lines:
        text += line if not text or _CHINESE_END.search(text) else f" {line}"
    return text


def _bare(text: str) -> str:
    """Return what headings and the outline's entries are compared by; numbers are often in one only."""
    return re.sub(r"\W+", "", _NUMBERING.sub("", text)).lower()
