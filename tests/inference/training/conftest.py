"""A tiny language model and dialogues, for all programs."""

from tests.inference.training.language.conftest import base, data

__all__ = ["base", "data"]
