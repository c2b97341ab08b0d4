"""The model card of a version: Markdown that lies in its folder, shown without any HTML of its own."""

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

from inference.installation.trained import MODEL_CARD
from inference.models import LanguageModelVersion

_LONGEST_BYTES = 200_000
# The page has headings of its own above the card's.
_HEADINGS_BELOW = 2
# Tags in the text are shown as text, links with scripts are no links, and nothing is fetched from elsewhere.
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")


def card_of(version: LanguageModelVersion) -> SafeString:
    """Return the card as HTML, empty where the version has none."""
    try:
        with (version.folder / MODEL_CARD).open("rb") as file:
            text = file.read(_LONGEST_BYTES).decode(errors="replace")
    except OSError:
        return SafeString("")
    tokens = _MARKDOWN.parse(text)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1:]) + _HEADINGS_BELOW)}"
    return mark_safe(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S308  no raw HTML
