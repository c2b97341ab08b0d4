from pathlib import Path

import pytest

from inference.installation.preparation import Places
from tests.inference.installation.tiny_model import write_tiny_model


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places.under(tmp_path / "data")


@pytest.fixture
def tiny_model(tmp_path: Path) -> Path:
    return write_tiny_model(tmp_path / "tiny-model")
