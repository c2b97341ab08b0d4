"""Servers that tests of knowledge read from and encode with, and indexes that no other test has filled."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings

from chatbot.knowledge import encoders, job_queue
from chatbot.knowledge.fetching import crawling
from chatbot.knowledge.index.loaded import loaded_indexes
from chatbot.knowledge.site_retriever import recent_questions
from tests.chatbot.knowledge.web_site import WebSite, web_site
from tests.scripted_encoder import MAIN, ScriptedEncoder, scripted_encoder


@pytest.fixture
def encoder(settings: LazySettings) -> Iterator[ScriptedEncoder]:
    with scripted_encoder() as encoder:
        settings.INFERENCE_URLS = [encoder.url]
        loaded_indexes.forget()
        recent_questions.forget()
        yield encoder
        loaded_indexes.forget()
        recent_questions.forget()


@pytest.fixture
def model_server(encoder: ScriptedEncoder, monkeypatch: pytest.MonkeyPatch) -> ScriptedEncoder:
    """The encoder alone, without a second one; what is away is given up at once."""
    monkeypatch.setattr(encoders, "_PATIENCE_SECONDS", 0.0)
    encoder.encoders = [MAIN]
    return encoder


@pytest.fixture
def company(settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebSite]:
    """A web site on this machine, which may be read; without pauses between its pages."""
    settings.KNOWLEDGE_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    for walk in (crawling.crawl, crawling.visit):
        monkeypatch.setitem(walk.__kwdefaults__, "pause", 0.0)
    with web_site() as site:
        yield site


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The jobs that the worker was told of, instead of a queue."""
    told: list[str] = []
    monkeypatch.setattr(job_queue, "tell_worker", told.append)
    return told


@pytest.fixture(autouse=True)
def knowledge_dir(settings: LazySettings, tmp_path: Path) -> Path:
    """Uploaded files of a test lie in a folder of its own."""
    settings.KNOWLEDGE_DIR = tmp_path / "knowledge"
    return tmp_path / "knowledge"
