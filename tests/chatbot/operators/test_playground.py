"""The playground answers as visitors are answered, for those who write prompts.

How an answer is stopped is tested with the stream that it shares, in workbench/test_try_it.py.
"""

from typing import Any

import pytest
from django.test import AsyncClient, Client
from django.urls import reverse

from chatbot.prompts.models import PromptVersion, RegressionCase
from tests.chatbot.operators.workbench.bench import BenchClient

PAGE = "/admin/playground/"


def asked(site, **changes: Any) -> dict[str, Any]:
    return {
        **{"site": site.pk, "prompt": "Speak for {site}.", "question": "Do you ship?", "language": "en"},
        **{"model": "", "temperature": "0.5", "max_tokens": "50", "knowledge": "on", **changes},
    }


@pytest.fixture
async def play(transactional_db):
    """Ask as a person in the playground, and return how it ended; all pages are closed at the end."""
    opened: list[BenchClient] = []

    async def ask(person, form: dict[str, Any]) -> dict[str, Any]:
        client = await (await BenchClient.of(person)).open()
        opened.append(client)
        await client.send(type="write", kind="play", ask="a1", asked=form)
        return await client.next_of("answer.done", "answer.error")

    yield ask
    for client in opened:
        await client.close()


async def test_the_answer_comes_with_its_figures(play, editor, site, model):
    done = await play(editor, asked(site))

    assert done["text"] == "Hello from the script."
    assert (done["type"], done["prompt_tokens"], done["completion_tokens"]) == ("answer.done", 7, 5)
    assert (done["model"], done["finish_reason"], done["kind"]) == ("scripted", "stop", "free")
    assert 0 <= done["first_token_ms"] <= done["total_ms"]
    (request,) = model.requests
    assert [message["content"] for message in request["messages"]] == [
        "Speak for Lumen Lamps.",
        "Do you ship?",
    ]
    assert (request["temperature"], request["max_tokens"]) == (0.5, 50)


async def test_the_models_at_hand_are_named_and_can_be_chosen(play, editor, site, model):
    writer = AsyncClient()
    await writer.aforce_login(editor)

    assert (await writer.get(f"{PAGE}models/")).json() == {"models": ["scripted"]}
    assert (await play(editor, asked(site, model="scripted")))["type"] == "answer.done"


async def test_a_model_that_nobody_serves_is_an_error_and_no_silence(play, editor, site, model, settings):
    settings.REPLY_PATIENCE_SECONDS = 0

    told = await play(editor, asked(site, model="elsewhere"))

    assert (told["type"], told["code"]) == ("answer.error", "model_unavailable")


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
async def test_a_wrong_field_is_named(play, editor, site, model, changes, field):
    told = await play(editor, asked(site, **changes))

    assert (told["type"], told["code"]) == ("answer.error", "invalid")
    assert told["errors"].keys() == {field} and told["detail"]
    assert model.requests == []


async def test_another_sites_prompt_is_not_tried(play, editor, stranger, site, other_site, model):
    for person, place in ((editor, other_site), (stranger, site)):
        assert (await play(person, asked(place)))["errors"].keys() == {"site"}
    assert model.requests == []


async def test_who_writes_no_prompts_gets_no_page(transactional_db, operator, viewer, site):
    for person in (operator, viewer):
        client = AsyncClient()
        await client.aforce_login(person)

        for path in ("", "models/"):
            assert (await client.get(f"{PAGE}{path}")).status_code == 403
        assert (await client.post(f"{PAGE}case/", asked(site))).status_code == 403


async def test_a_stranger_keeps_no_test_case_on_this_site(transactional_db, stranger, site):
    client = AsyncClient()
    await client.aforce_login(stranger)

    response = await client.post(f"{PAGE}case/", asked(site, must_contain="yes"))

    assert response.json()["errors"].keys() == {"site"}


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
