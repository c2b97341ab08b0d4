"""A running reply path: scripted model server, reply runners, and visitors."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from django.conf import LazySettings

from accounts.models import Site
from chatbot.conversations.runner import ReplyRunners
from tests.scripted_model import ScriptedModel, scripted_model
from tests.visitor import VisitorClient


@pytest.fixture
async def model(settings: LazySettings) -> AsyncIterator[ScriptedModel]:
    """A scripted model server that the settings point to."""
    async with scripted_model() as model:
        settings.INFERENCE_URLS = [model.url]
        yield model


@pytest.fixture
async def runners(transactional_db: None, model: ScriptedModel) -> AsyncIterator[ReplyRunners]:
    """Reply runners that write replies with the scripted model."""
    runners = ReplyRunners()
    running = asyncio.create_task(runners.run())
    yield runners
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def visitor(transactional_db: None, site: Site) -> AsyncIterator[VisitorClient]:
    """A visitor of the site, not connected yet."""
    client = await VisitorClient.of(site)
    yield client
    await client.close()
