"""Tables of figures. They have thousands of cells, which a template would take too long for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure as words, the address that it leads to or "", and a drawing below it."""

    words: str
    address: str = ""
    drawing: SafeString = SafeString()


def table(caption: str, heads: Sequence[str], rows: Iterable[tuple[Cell, Sequence[Cell]]]) -> SafeString:
    """Return a table whose rows each have a head of their own; the caption is for screen readers."""
    top = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    body = "".join(
        f'<tr><th scope="row">{_inner(head)}</th>{"".join(f"<td>{_inner(cell)}</td>" for cell in cells)}</tr>'
        for head, cells in rows
    )
    return mark_safe(  # noqa: S308
        '<div class="parley-scroll" tabindex="0" role="region" '
        f'aria-label="{escape(caption)}"><table class="parley-table figures-table">'
        f'<caption class="parley-visually-hidden">{escape(caption)}</caption>'
        f"<thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _inner(cell: Cell) -> str:
    words = escape(cell.words)
    linked = f'<a href="{escape(cell.address)}">{words}</a>' if cell.address else words
    return linked + cell.drawing
