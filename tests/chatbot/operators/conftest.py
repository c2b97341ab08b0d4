"""A program that holds an API key of the site, and something for it to read."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import ApiKey, Site
from chatbot.conversations import events
from chatbot.conversations.models import Conversation, Message, Visitor

Caller = Callable[..., Any]


def make_key(site: Site, *scopes: str, **fields: Any) -> tuple[ApiKey, str]:
    """Return a key and its token; with every scope when none is named."""
    key = ApiKey(site=site, name="CRM", scopes=list(scopes) or list(ApiKey.Scope.values), **fields)
    token = key.new_token()
    key.save()
    return key, token


def program(token: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {token}"})


def talk(site: Site, *texts: str) -> Conversation:
    """Return a conversation in which a new visitor said these texts."""
    visitor, _secret = Visitor.objects.register(site)
    conversation = Conversation.objects.create(site=site, visitor=visitor)
    for text in texts:
        message = Message.objects.create(conversation=conversation, author="visitor", text=text)
        events.record(conversation, "message.created", message.data())
    return conversation


@pytest.fixture
def crm(site: Site) -> Client:
    """A program with a key of the site that has every scope."""
    return program(make_key(site)[1])


@pytest.fixture
def stranger_crm(other_site: Site) -> Client:
    """A program with a key of another site that has every scope."""
    return program(make_key(other_site)[1])
