"""A scripted encoder that the settings point to, and indexes that no other test has filled."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from chatbot.knowledge.index.loaded import loaded_indexes
from chatbot.knowledge.site_retriever import recent_questions
from tests.scripted_encoder import ScriptedEncoder, scripted_encoder


@pytest.fixture
def encoder(settings: LazySettings) -> Iterator[ScriptedEncoder]:
    with scripted_encoder() as encoder:
        settings.INFERENCE_URLS = [encoder.url]
        loaded_indexes.forget()
        recent_questions.forget()
        yield encoder
        loaded_indexes.forget()
        recent_questions.forget()
