"""A mail server that the installation is set up with."""

from collections.abc import Iterator

import pytest
from django.conf import LazySettings

from chatbot.mail import mail_settings_from_url
from tests.chatbot.analytics.mail_server import MailServer, mail_server


@pytest.fixture
def mails(settings: LazySettings) -> Iterator[MailServer]:
    with mail_server() as server:
        settings.EMAIL_URL = server.url
        for name, value in mail_settings_from_url(server.url).items():
            setattr(settings, name, value)
        yield server
