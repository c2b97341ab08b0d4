"""Chinese is complete: every text has its translation, and the compiled files are those of the sources."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

CATALOGUES = [Path(folder) / "zh_Hans" / "LC_MESSAGES" / "django.po" for folder in settings.LOCALE_PATHS]

needs_gettext = pytest.mark.skipif(shutil.which("msgfmt") is None, reason="gettext is not installed")


def gettext_tool(*command: str) -> str:
    finished = subprocess.run(command, capture_output=True, text=True, check=True)
    return finished.stdout


@needs_gettext
@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parts[-4])
def test_no_text_is_untranslated_or_fuzzy(catalogue):
    for wanting in ("--untranslated", "--only-fuzzy"):
        entries = gettext_tool("msgattrib", wanting, "--no-obsolete", "--no-wrap", str(catalogue))
        assert [
            line for line in entries.splitlines() if line.startswith("msgid ") and line != 'msgid ""'
        ] == []


@needs_gettext
@pytest.mark.parametrize("catalogue", CATALOGUES, ids=lambda path: path.parts[-4])
def test_the_compiled_file_is_that_of_its_source(catalogue, tmp_path):
    gettext_tool("msgfmt", "--check", "--output-file", str(tmp_path / "django.mo"), str(catalogue))

    compiled = gettext_tool("msgunfmt", str(tmp_path / "django.mo"))
    assert gettext_tool("msgunfmt", str(catalogue.with_suffix(".mo"))) == compiled


@needs_gettext
def test_every_text_of_code_and_templates_is_in_the_catalogue(tmp_path):
    """Collect the texts anew, from a copy, and compare."""
    for folder in ("accounts", "inference", "chatbot", "templates"):
        shutil.copytree(settings.BASE_DIR / folder, tmp_path / folder)
    (tmp_path / "locale").mkdir()
    subprocess.run(
        [sys.executable, "-m", "django", "makemessages", "--locale", "zh_Hans", "--no-location"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        check=True,
    )

    collected = tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
    assert texts(collected) - texts(CATALOGUES[0]) == set()
    assert texts(CATALOGUES[0]) - texts(collected) == set()


def texts(catalogue: Path) -> set[str]:
    """Return the entries' keys, each on one line."""
    listing = gettext_tool("msgattrib", "--no-wrap", "--no-obsolete", "--clear-fuzzy", str(catalogue))
    return {line for line in unwrapped(listing) if line.startswith("msgid ")} - {'msgid ""'}


def unwrapped(listing: str) -> list[str]:
    """Join the lines of texts that hold line breaks, which msgattrib keeps apart."""
    return listing.replace('"\n"', "").splitlines()
