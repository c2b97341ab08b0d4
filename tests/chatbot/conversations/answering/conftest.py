"""A model server that says what a test tells it to."""

from collections.abc import AsyncIterator

import pytest

from tests.scripted_model import ScriptedModel, scripted_model


@pytest.fixture
async def model() -> AsyncIterator[ScriptedModel]:
    async with scripted_model() as model:
        yield model
