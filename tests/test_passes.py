"""`make test` runs all parts, tells which one each line is of, and fails when one of them fails."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
ONE_OF_EACH = """
import pytest

def test_of_nothing():
    assert False

@pytest.mark.django_db
def test_of_the_database():
    from accounts.models import Site
    assert not Site.objects.exists()
"""


def test_a_part_that_fails_is_told_and_fails_the_whole(tmp_path: Path):
    file = tmp_path / "test_one.py"
    file.write_text(ONE_OF_EACH)
    # Without servers the second pass is left out, and says why.
    servers = {
        "TEST_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/none",
        "TEST_REDIS_URL": "redis://127.0.0.1:9",
    }
    environment = {name: value for name, value in os.environ.items() if name != "DATA_DIR"} | servers
    command = [sys.executable, "-m", "tests.passes", str(file), "-c", str(ROOT / "pyproject.toml")]

    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    assert done.returncode == 1, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert any(line.startswith("The tests do not run on PostgreSQL: ") for line in lines)
    assert any(line.startswith("SQLite | ") for line in lines)
    assert lines[-2] == "SQLite:"
    assert "1 failed, 1 passed" in lines[-1]
