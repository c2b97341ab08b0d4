"""The playground answers as visitors are answered, for those who write prompts, and stops when told to."""

import asyncio
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.db import connections
from django.test import AsyncClient, Client
from django.urls import reverse

from chatbot import http_handler
from chatbot.operators.assistance.generation import places
from chatbot.prompts.models import PromptVersion, RegressionCase
from tests.eventually import eventually

PAGE = "/admin/playground/"


def asked(site, **changes: Any) -> dict[str, Any]:
    return {
        **{"site": site.pk, "prompt": "Speak for {site}.", "question": "Do you ship?", "language": "en"},
        **{"model": "", "temperature": "0.5", "max_tokens": "50", "knowledge": "on", **changes},
    }


async def events(client: AsyncClient, form: dict[str, Any]) -> list[dict[str, Any]]:
    response = await client.post(f"{PAGE}answer/", form)
    assert response.status_code == 200, response.content
    assert response.headers["Content-Type"] == "text/event-stream"
    parts = [part.decode() async for part in response.streaming_content]  # type: ignore[attr-defined]
    return [json.loads(line[6:]) for part in parts for line in part.split("\n\n") if line]


@pytest.fixture
async def writer(transactional_db, editor) -> AsyncClient:
    client = AsyncClient()
    await client.aforce_login(editor)
    return client


async def test_the_answer_comes_in_pieces_with_its_figures(writer, site, model):
    told = await events(writer, asked(site))

    *deltas, done = told
    assert "".join(delta["text"] for delta in deltas) == "Hello from the script."
    assert len(deltas) == 5
    assert (done["type"], done["prompt_tokens"], done["completion_tokens"]) == ("done", 7, 5)
    assert (done["model"], done["finish_reason"], done["kind"]) == ("scripted", "stop", "free")
    assert 0 <= done["first_token_ms"] <= done["total_ms"]
    (request,) = model.requests
    assert [message["content"] for message in request["messages"]] == [
        "Speak for Lumen Lamps.",
        "Do you ship?",
    ]
    assert (request["temperature"], request["max_tokens"]) == (0.5, 50)


async def test_the_models_at_hand_are_named_and_can_be_chosen(writer, site, model):
    assert (await writer.get(f"{PAGE}models/")).json() == {"models": ["scripted"]}
    assert (await events(writer, asked(site, model="scripted")))[-1]["type"] == "done"


async def test_a_model_that_nobody_serves_is_an_error_and_no_silence(writer, site, model, settings):
    settings.REPLY_PATIENCE_SECONDS = 0

    (told,) = await events(writer, asked(site, model="elsewhere"))

    assert (told["type"], told["code"]) == ("error", "model_unavailable")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"prompt": "Dear {customer}"}, "prompt"),
        ({"prompt": " "}, "prompt"),
        ({"question": ""}, "question"),
        ({"temperature": "3"}, "temperature"),
        ({"max_tokens": "0"}, "max_tokens"),
        ({"language": "qq"}, "language"),
        ({"max_tokens": "many"}, "max_tokens"),
    ],
)
async def test_a_wrong_field_is_named(writer, site, model, changes, field):
    response = await writer.post(f"{PAGE}answer/", asked(site, **changes))

    assert response.status_code == 400
    assert response.json()["errors"].keys() == {field}
    assert model.requests == []


async def test_another_sites_prompt_is_not_tried(writer, site, other_site, model):
    response = await writer.post(f"{PAGE}answer/", asked(other_site))

    assert response.json()["errors"].keys() == {"site"}
    assert model.requests == []


async def test_who_writes_no_prompts_gets_no_answer(transactional_db, operator, viewer, site, model):
    for person in (operator, viewer):
        client = AsyncClient()
        await client.aforce_login(person)

        for path in ("", "models/"):
            assert (await client.get(f"{PAGE}{path}")).status_code == 403
        for path in ("answer/", "case/"):
            assert (await client.post(f"{PAGE}{path}", asked(site))).status_code == 403
    assert model.requests == []


async def test_a_stranger_tries_nothing_on_this_site(transactional_db, stranger, site, model):
    client = AsyncClient()
    await client.aforce_login(stranger)

    for path in ("answer/", "case/"):
        response = await client.post(f"{PAGE}{path}", asked(site, must_contain="yes"))
        assert response.json()["errors"].keys() == {"site"}
    assert model.requests == []


@pytest.fixture
def own_thread(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Requests have a thread of their own, whose connection does not outlast the test."""
    with ThreadPoolExecutor(1) as thread:
        monkeypatch.setattr(http_handler, "_threads", thread)
        yield
        thread.submit(connections.close_all).result()


async def test_whoever_leaves_stops_the_model(writer, site, model, own_thread):
    model.hold_after = 2
    sent = writer._base_scope(path=f"{PAGE}answer/", method="POST")  # type: ignore[attr-defined]
    body = "&".join(f"{name}={value}" for name, value in asked(site, prompt="Brief.").items()).encode()
    headers = [
        (b"content-type", b"application/x-www-form-urlencoded"),
        (b"content-length", str(len(body)).encode()),
        (b"host", b"127.0.0.1"),
        (b"cookie", f"sessionid={writer.cookies['sessionid'].value}; csrftoken={'a' * 32}".encode()),
        (b"x-csrftoken", b"a" * 32),
    ]
    scope = {**sent, "type": "http", "headers": headers, "asgi": {"version": "3.0"}}
    browser = ApplicationCommunicator(http_handler.ThreadedHandler(), scope)
    await browser.send_input({"type": "http.request", "body": body})
    start = await browser.receive_output(10)
    assert start["status"] == 200, start
    while b"from" not in (await browser.receive_output(10))["body"]:
        pass
    assert len(places) == 1

    await browser.send_input({"type": "http.disconnect"})

    await eventually(lambda: len(places) == 0)
    model.gate.set()
    await eventually(lambda: model.aborted == 1)
    await asyncio.wait_for(browser.wait(), 10)


async def test_one_answer_at_a_time_for_a_person(writer, editor, site, model):
    with places.taken_by(editor.pk):
        (told,) = await events(writer, asked(site))

    assert (told["type"], told["code"]) == ("error", "busy")


@pytest.mark.django_db
def test_the_page_offers_the_versions_of_the_own_sites(client: Client, editor, site, other_site):
    PromptVersion.objects.write(site, "Be brief.")
    draft = PromptVersion.objects.draft(site, "Be <kind>.")
    hidden = PromptVersion.objects.write(other_site, "Elsewhere.")
    client.force_login(editor)

    page = client.get(PAGE).content.decode()

    assert "Be brief." in page and "Other Oak" not in page
    assert "Be &lt;kind&gt;." in client.get(PAGE, {"version": draft.pk}).content.decode()
    assert client.get(PAGE, {"version": hidden.pk}).status_code == 404


@pytest.mark.django_db
def test_a_question_is_kept_as_a_test_case(client: Client, editor, site, other_site):
    client.force_login(editor)
    form = asked(site, must_contain="yes", must_cite="", must_not_contain="")

    answer = client.post(f"{PAGE}case/", form).json()

    case = RegressionCase.objects.get()
    assert (case.question, case.must_contain, case.language, case.author) == (
        *("Do you ship?", "yes", "en"),
        editor,
    )
    assert answer["page"] == reverse("admin:prompts_regressioncase_change", args=[case.pk])
    for wrong in (asked(site), asked(other_site, must_contain="yes")):
        assert client.post(f"{PAGE}case/", wrong).status_code == 400
    assert RegressionCase.objects.count() == 1
