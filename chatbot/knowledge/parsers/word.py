"""DOCX: headings, paragraphs, lists and tables, in the order in which they stand."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.text.paragraph import Paragraph
from lxml import etree

from chatbot.knowledge.parsers.refused import Refused
from chatbot.knowledge.parsers.sections import Sections, on_one_line, plain

_MAX_PARTS = 5000
_DEPTH_OF_TABLES = 10
_OUTLINE_LEVELS = frozenset("012345678")


def read_word(content: bytes, sections: Sections, max_unpacked: int) -> None:
    """Fill `sections`; raises Refused("bomb") when the parts unpack to more than `max_unpacked` bytes."""
    try:
        _check_parts(content, max_unpacked)
        document = docx.Document(io.BytesIO(content))
    except (zipfile.BadZipFile, KeyError, ValueError, etree.LxmlError, NotImplementedError) as error:
        raise Refused("broken") from error
    sections.title = plain(document.core_properties.title or "")
    levels = _heading_levels(document)
    for block in _blocks(document.element.body):
        if block.tag == qn("w:tbl"):
            _add_table(block, sections)
        else:
            _add_paragraph(Paragraph(block, document), levels, sections)


def _check_parts(content: bytes, max_unpacked: int) -> None:
    """Sizes are those of the archive's directory; reading stops at them, so that lies win nothing."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = archive.infolist()
    if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > max_unpacked:
        raise Refused("bomb")
    if any(part.flag_bits & 1 for part in parts):
        raise Refused("encrypted")


def _blocks(parent: Any) -> Iterator[Any]:
    """Paragraphs and tables, those within content controls included, a table of contents left out."""
    for child in parent:
        if child.tag in (qn("w:p"), qn("w:tbl")):
            yield child
        elif child.tag == qn("w:sdt"):
            gallery = child.find(f"{qn('w:sdtPr')}/{qn('w:docPartObj')}/{qn('w:docPartGallery')}")
            inside = child.find(qn("w:sdtContent"))
            if inside is not None and (gallery is None or gallery.get(qn("w:val")) != "Table of Contents"):
                yield from _blocks(inside)


def _heading_levels(document: Document) -> dict[str, int]:
    """Return the level of each style that is a heading, by its id; a title is level 1 too."""
    found = {}
    for style in document.styles.element.iter(qn("w:style")):
        named = style.find(qn("w:name"))
        name = named.get(qn("w:val"), "") if named is not None else ""
        outline = style.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
        numbered = re.fullmatch(r"heading (\d)", name, re.I)
        if numbered:
            found[style.get(qn("w:styleId"))] = int(numbered[1])
        elif name.lower() == "title":
            found[style.get(qn("w:styleId"))] = 0
        elif outline is not None and outline.get(qn("w:val"), "9") in _OUTLINE_LEVELS:
            found[style.get(qn("w:styleId"))] = int(outline.get(qn("w:val"))) + 1
    return found


def _add_paragraph(paragraph: Paragraph, levels: dict[str, int], sections: Sections) -> None:
    text = _text(paragraph._p)
    properties = paragraph._p.pPr
    style = properties.pStyle.val if properties is not None and properties.pStyle is not None else ""
    level = levels.get(style)
    own = paragraph._p.find(f"{qn('w:pPr')}/{qn('w:outlineLvl')}")
    if own is not None and own.get(qn("w:val"), "9") in _OUTLINE_LEVELS:
        level = int(own.get(qn("w:val"))) + 1
    if level == 0:
        sections.title = on_one_line(text) or sections.title
    elif level is not None:
        sections.heading(level, text)
    elif text and (
        (properties is not None and properties.numPr is not None) or style.lower().startswith("list")
    ):
        sections.paragraph(f"- {text}")
    else:
        sections.paragraph(text)


def _add_table(table: Any, sections: Sections, depth: int = 0) -> None:
    """Add each row as one line; a table within a cell follows the row."""
    for row in table.iterchildren(qn("w:tr")):
        cells, within = [], []
        for cell in row.iterchildren(qn("w:tc")):
            cells.append(" ".join(filter(None, (_text(p) for p in cell.iterchildren(qn("w:p"))))))
            within += list(cell.iterchildren(qn("w:tbl")))
        if any(cells):
            sections.paragraph(" | ".join(cells))
        for inner in within if depth < _DEPTH_OF_TABLES else ():
            _add_table(inner, sections, depth + 1)


def _text(paragraph: Any) -> str:
    """Return what is seen of a paragraph: nothing deleted, nothing hidden, no codes of fields."""
    pieces = []
    for element in paragraph.iter(qn("w:t"), qn("w:tab"), qn("w:br"), qn("w:cr"), qn("w:noBreakHyphen")):
        run = element.getparent()
        hidden = run.find(f"{qn('w:rPr')}/{qn('w:vanish')}")
        if run.tag != qn("w:r") or (
            hidden is not None and hidden.get(qn("w:val"), "1") not in ("0", "false")
        ):
            continue
        if element.tag == qn("w:t"):
            pieces.append(element.text or "")
        else:
            pieces.append({qn("w:tab"): " ", qn("w:noBreakHyphen"): "-"}.get(element.tag, "\n"))
    return plain("".join(pieces))
