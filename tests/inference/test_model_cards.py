"""A model card is shown as Markdown and can put nothing of its own into the page."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from inference.model_cards import card_of
from inference.models import LanguageModel, LanguageModelVersion


@pytest.fixture
def version(settings: LazySettings, tmp_path: Path) -> LanguageModelVersion:
    settings.MODELS_DIR = tmp_path
    return LanguageModelVersion(language_model=LanguageModel(name="tiny"), number=1, path="")


def test_markdown_is_shown_below_the_pages_headings(version: LanguageModelVersion, tmp_path: Path) -> None:
    (tmp_path / "MODEL_CARD.md").write_text("# Tiny\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n**bold**\n")
    card = card_of(version)
    assert "<h3>Tiny</h3>" in card and "<td>1</td>" in card and "<strong>bold</strong>" in card


def test_html_scripts_and_pictures_stay_text(version: LanguageModelVersion, tmp_path: Path) -> None:
    (tmp_path / "MODEL_CARD.md").write_text(
        "<script>alert(1)</script>\n\n[x](javascript:alert(1))\n\n![p](https://elsewhere.example/p.png)\n\n"
        '<img src=x onerror="alert(1)">\n'
    )
    card = card_of(version)
    assert "<script" not in card and "<img" not in card and 'href="javascript' not in card
    assert "&lt;script&gt;" in card


def test_without_a_card_there_is_none(version: LanguageModelVersion) -> None:
    assert card_of(version) == ""
