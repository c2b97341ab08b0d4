"""The tiny model and dialogues of the training core."""

from tests.inference.training.language.conftest import base, data  # noqa: F401
