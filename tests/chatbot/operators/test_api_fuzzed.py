"""Requests that schemathesis makes up from /api/v1/openapi.json: none is answered by a fault of the server.

`PARLEY_FAULTS_FULL=1` makes 2,000 and more of them; without it there are enough to find what is plainly
wrong.
"""

import os
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.conf import LazySettings
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from accounts.models import Site, User
from chatbot.api import api
from chatbot.conversations.models import Conversation, Visitor
from chatbot.prompts.models import PromptVersion
from tests.chatbot.operators.conftest import make_key, talk

pytestmark = pytest.mark.django_db

FULL = os.environ.get("PARLEY_FAULTS_FULL") == "1"
CASES_OF_AN_OPERATION = 70 if FULL else 4
AT_LEAST = 2000 if FULL else 100

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = sorted(
    (path, method) for path, methods in api.get_openapi_schema()["paths"].items() for method in methods
)
counted: dict[str, int] = {}


@cache
def described_api() -> Any:
    """Return what schemathesis reads in the API's description, for the application itself to be asked."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.fixture
def one_connection() -> Iterator[None]:
    """A request that ends leaves the connection open, as Django's own test client sees to."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def limits(settings: LazySettings) -> None:
    """Nothing is refused here because there was too much of it."""
    settings.API_REQUESTS_A_MINUTE = settings.NEW_VISITORS_A_MINUTE = settings.TICKETS_A_MINUTE = 1_000_000
    settings.API_FAILURES_A_MINUTE = 1_000_000


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize(("path", "method"), OPERATIONS)
def test_no_request_is_answered_by_a_fault(
    one_connection: None, limits: None, site: Site, owner: User, path: str, method: str, mode: GenerationMode
) -> None:
    _key, token = make_key(site, made_by=owner)
    PromptVersion.objects.write(site, "Be kind.", owner)
    operation = described_api()[path][method]

    @hypothesis_settings(
        max_examples=CASES_OF_AN_OPERATION,
        deadline=None,
        database=None,
        derandomize=not FULL,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode), is_known=st.booleans())
    def ask(case: Any, is_known: bool) -> None:
        if is_known:
            _point_at_rows(case, site)
        response = case.call(headers={"Authorization": f"Bearer {token}"})
        counted[f"{method} {path}"] = counted.get(f"{method} {path}", 0) + 1
        case.validate_response(response, checks=CHECKS)

    # An operation that takes nothing has no wrong input.
    try:
        ask()
    except schemathesis.errors.InvalidSchema as error:
        assert mode is GenerationMode.NEGATIVE, error


def test_there_were_as_many_requests_as_promised() -> None:
    print(f"schemathesis: {sum(counted.values())} requests to {len(counted)} operations")

    assert len(counted) == len(OPERATIONS)
    assert sum(counted.values()) >= AT_LEAST


def test_the_description_names_every_operation_once() -> None:
    described = api.get_openapi_schema()["paths"]
    names = [entry["operationId"] for methods in described.values() for entry in methods.values()]

    assert len(names) == len(set(names)) == len(OPERATIONS)


def _point_at_rows(case: Any, site: Site) -> None:
    """Put ids of rows that are there in the place of those that were made up."""
    conversation = Conversation.objects.filter(site=site).first() or talk(site, "Hello", "Again")
    visitor = Visitor.objects.filter(site=site).first() or conversation.visitor
    known = {"conversation": conversation.public_id, "visitor": visitor.public_id, "number": 1}
    for name in set(known) & set(case.path_parameters or {}):
        case.path_parameters[name] = known[name]
    if isinstance(case.body, dict) and "site" in case.body:
        case.body["site"] = site.public_key
