"""A web site that may be read although it is on loopback."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from tests.chatbot.knowledge.web_site import WebSite, web_site


@pytest.fixture
def shop(settings: LazySettings) -> Iterator[WebSite]:
    settings.KNOWLEDGE_ALLOWED_NETWORKS = ["127.0.0.0/8"]
    with web_site() as site:
        yield site
