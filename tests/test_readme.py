"""The README tells the truth about what is here."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FOLDERS = sorted(
    str(path.parent.relative_to(ROOT))
    for package in ("accounts", "inference", "chatbot", "benchmarks")
    for path in (ROOT / package).rglob("__init__.py")
    if not {"migrations", "management", "commands"} & set(path.parent.parts)
)


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#:]+)\)", README))
def test_every_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


@pytest.mark.parametrize("guide", sorted(path.name for path in (ROOT / "docs").glob("*.md")))
def test_every_guide_is_linked(guide: str) -> None:
    assert f"(docs/{guide})" in README


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_folder_is_on_the_map(folder: str) -> None:
    assert f"`{folder.rsplit('/', 1)[-1]}/`" in README
