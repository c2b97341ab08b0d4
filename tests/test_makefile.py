"""The commands of the Makefile, and the one that checks a change."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAKEFILE = (ROOT / "Makefile").read_text()


def make(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["make", *arguments], cwd=ROOT, capture_output=True, text=True)


@pytest.mark.parametrize("arguments", [(), ("help",)])
def test_help_lists_every_command_with_a_line(arguments):
    listed = re.findall(r"^  make ([a-z-]+) +\S.*$", make(*arguments).stdout, re.M)
    phony = re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.M)

    assert sorted(listed) == sorted(phony[1].split())
    assert {"help", "setup", "start", "test", "lint", "format", "bench", "pictures"} <= set(listed)


def test_an_old_python_is_refused_in_one_sentence(tmp_path):
    old = tmp_path / "python3"
    old.write_text(
        '#!/bin/sh\nexec python3 -c "import sys; sys.version_info = (3, 9, 2); exec(sys.argv[1])" "$2"\n'
    )
    old.chmod(0o755)

    done = make(f"SYSTEM_PYTHON={old}", f"VENV={tmp_path / 'venv'}", "setup")

    assert done.returncode != 0
    assert "Parley needs Python 3.11 or newer" in done.stderr
    assert "is 3.9." in done.stderr
    assert not (tmp_path / "venv").exists()


def test_the_check_of_a_change_can_be_run():
    check = ROOT / ".ci" / "run"

    assert os.access(check, os.X_OK)
    assert "make --no-print-directory test" in check.read_text()
