"""PDF: the text of each page, put back into paragraphs, under the headings of the outline."""

import re
from collections import Counter

import pypdfium2

from chatbot.knowledge.parsers.refused import Refused
from chatbot.knowledge.parsers.sections import Sections, on_one_line, plain

# FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY of PDFium's fpdfview.h.
_NEEDS_PASSWORD = {4, 5}
_OUTLINE_MAX = 2000
_NEW_PARAGRAPH = re.compile(r"^(?:[-–—•●▪■◦‣*·]\s|\(?\d{1,3}[.)、]|[a-zA-Z][.)]\s|第.{1,4}[章节条])")
_ENDS = re.compile(r"[.!?:;。！？：；…]['\"”’)）]?$")
_PAGE_NUMBER = re.compile(
    r"^(?:page|seite|第)?\s*[-–]?\s*\d{1,4}(?:\s*(?:/|of|von|页|／)\s*\d{0,4})?\s*[-–]?\s*页?$", re.I
)
# What programs write into a title that nobody gave.
_NO_TITLE = re.compile(
    r"^untitled|^microsoft |^powerpoint |^document\d*$|\.(?:docx?|odt|indd|pptx?|pdf|tex|qxd)$", re.I
)
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
    pages = _without_margins([_lines(document[number]) for number in range(len(document))])
    outline = _outline(document)
    for number, lines in enumerate(pages):
        _add_page(lines, outline.get(number, []), sections)


def _lines(page: pypdfium2.PdfPage) -> list[str]:
    text = page.get_textpage().get_text_range()
    # PDFium marks a hyphen at the end of a line so; the word goes on in the next one.
    text = re.sub("[\ufffe\x02]\r?\n?", "", text)
    return [plain(line) for line in text.replace("\r", "").split("\n") if plain(line)]


def _without_margins(pages: list[list[str]]) -> list[list[str]]:
    """Leave out page numbers, and the first and last lines that most pages share but for their number."""
    numbered = [
        [re.sub(rf"\b{number}\b", "#", line) for line in lines] for number, lines in enumerate(pages, 1)
    ]
    shared = Counter(line for lines in numbered for line in {*lines[:2], *lines[-2:]})
    often = max(3, len(pages) // 2 + 1)
    return [
        [
            line
            for place, (line, counted) in enumerate(zip(lines, counts, strict=True))
            if 2 <= place < len(lines) - 2
            or len(lines) == 1
            or not (_PAGE_NUMBER.match(line) or shared[counted] >= often)
        ]
        for lines, counts in zip(pages, numbered, strict=True)
    ]


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


def _add_page(lines: list[str], headings: list[tuple[int, str]], sections: Sections) -> None:
    """Add paragraphs; a heading begins at the line that repeats it, or at the top of the page."""
    waiting = list(headings)
    titles = {_bare(line) for line in lines}
    while waiting and _bare(waiting[0][1]) not in titles:
        sections.heading(*waiting.pop(0))
    paragraph: list[str] = []
    width = max((len(line) for line in lines), default=0)
    for line in lines:
        match = next((at for at, (_l, title) in enumerate(waiting) if _bare(title) == _bare(line)), None)
        if match is not None:
            sections.paragraph(_joined(paragraph))
            paragraph = []
            for level, title in waiting[: match + 1]:
                sections.heading(level, title)
            del waiting[: match + 1]
            continue
        if paragraph and (_ends_here(paragraph[-1], width) or _NEW_PARAGRAPH.match(line)):
            sections.paragraph(_joined(paragraph))
            paragraph = []
        paragraph.append(line)
    sections.paragraph(_joined(paragraph))


def _ends_here(line: str, width: int) -> bool:
    """Say whether a paragraph ends with this line: it stops short of the page's width."""
    return len(line) < (0.85 if _ENDS.search(line) else 0.55) * width


def _joined(lines: list[str]) -> str:
    text = ""
    for line in lines:
        text += line if not text or _CHINESE_END.search(text) else f" {line}"
    return text


def _bare(text: str) -> str:
    return re.sub(r"\W+", "", text).lower()
