"""A question that is tried: who may, what they see of it while it is answered, and that nothing is kept."""

import pytest
from channels.db import database_sync_to_async
from django.test import Client

from accounts.models import Membership
from chatbot.conversations.models import Conversation, Message, ReplyTrace
from chatbot.knowledge.models import Document, Passage, Source
from chatbot.operators.assistance.generation import places
from chatbot.prompts.models import PromptVersion
from tests.chatbot.operators.workbench.bench import BenchClient
from tests.eventually import eventually

pytestmark = pytest.mark.django_db(transaction=True)

QUESTION = "Where is my blue lamp?"
EVIL = "<script>alert(1)</script>"


@pytest.fixture
async def sit(transactional_db):
    """Open the workbench of a person; all are closed at the end."""
    opened: list[BenchClient] = []

    async def open_for(person) -> BenchClient:
        client = await BenchClient.of(person)
        opened.append(client)
        return await client.open()

    yield open_for
    for client in opened:
        await client.close()


async def test_the_answer_comes_as_it_is_written_and_with_its_account_and_nothing_is_kept(
    sit, model, site, editor
):
    await database_sync_to_async(PromptVersion.objects.write)(site, "Speak like a pirate.")
    model.piece_seconds = 0.15
    bench = await sit(editor)

    done = await bench.answer(site, QUESTION)

    assert done["text"] == "Hello from the script."
    deltas = [frame["text"] for frame in bench.frames if frame["type"] == "answer.delta"]
    assert len(deltas) > 1 and done["text"].startswith("".join(deltas))
    assert (done["prompt_tokens"], done["completion_tokens"]) == (7, 5)
    for words in ("Speak like a pirate.", QUESTION, "In all", "scripted"):
        assert words in done["html"], words
    for kept in (Conversation, Message, ReplyTrace):
        assert not await kept.objects.aexists()


async def test_what_was_said_before_goes_along(sit, model, site, owner):
    bench = await sit(owner)

    await bench.answer(site, QUESTION, earlier_question="Hello?", earlier_answer="Good day.")

    contents = [message["content"] for message in model.requests[-1]["messages"]]
    assert contents[1:] == ["Hello?", "Good day.", QUESTION]


@pytest.fixture
def passage(site) -> Passage:
    """What the site knows; the scripted model serves no encoder, so that words alone are compared."""
    source = Source.objects.create(site=site, kind="text", name="Delivery")
    document = Document.objects.create(site=site, source=source, title="Delivery", status="ready")
    text = "Blue lamps wait in our shop in Harbour Street."
    return Passage.objects.create(site=site, document=document, position=0, text=text)


async def test_what_was_found_is_shown_before_the_model_has_written(sit, model, site, owner, passage):
    model.hold_after = 0
    bench = await sit(owner)
    await bench.ask(site, QUESTION, mode="free", low=0, strong=1)

    html = (await bench.next("answer.found"))["html"]

    assert passage.text in html and "words alone were compared" in html
    assert f"/admin/knowledge/document/{passage.document_id}/change/" in html
    assert "word for word from 1.00" in html
    await eventually(lambda: not model.gate.is_set())
    model.gate.set()
    done = await bench.next("answer.done")
    assert done["kind"] == "free" and passage.text in done["html"]
    assert passage.text in str(model.requests[-1]["messages"])


async def test_thresholds_hold_for_this_once(sit, model, site, owner, passage):
    bench = await sit(owner)

    refused = await bench.answer(site, QUESTION, low=1, strong=1)
    quoted = await bench.answer(site, QUESTION, mode="quote", low=0, strong=0)

    assert (refused["kind"], quoted["kind"]) == ("unknown", "quoted")
    assert "Too unsure to answer." in refused["html"]
    assert passage.text in quoted["text"]
    assert model.requests == []


async def test_each_sentence_is_marked_as_supported_or_dropped(sit, model, site, owner, passage):
    model.pieces = ["Blue lamps wait in our shop in Harbour Street. ", "The moon is made of green cheese."]

    done = await (await sit(owner)).answer(site, QUESTION, mode="checked", low=0, strong=1)

    assert "cheese" not in done["text"]
    assert "Supported by" in done["html"] and '<a href="#bench-passage-1">1</a>' in done["html"]
    assert "Not supported" in done["html"] and "Dropped" in done["html"]


async def test_texts_are_never_html(sit, model, site, owner):
    model.pieces = [EVIL]
    await database_sync_to_async(PromptVersion.objects.write)(site, EVIL)

    done = await (await sit(owner)).answer(site, EVIL)

    assert EVIL not in done["html"] and "&lt;script&gt;" in done["html"]


async def test_stopping_ends_the_writing_at_the_model(sit, model, site, owner):
    model.hold_after = 1
    bench = await sit(owner)
    await bench.ask(site, QUESTION)
    await eventually(lambda: not model.gate.is_set())

    await bench.send(type="stop")
    await bench.send(type="ping")
    await bench.next("pong")
    model.gate.set()

    await eventually(lambda: model.aborted == 1)
    assert len(places) == 0
    assert not [frame for frame in bench.frames if frame["type"] in ("answer.done", "answer.error")]


async def test_whoever_leaves_the_page_lets_the_model_go(sit, model, site, owner):
    model.hold_after = 1
    bench = await sit(owner)
    await bench.ask(site, QUESTION)
    await eventually(lambda: not model.gate.is_set())

    await bench.close()
    model.gate.set()

    await eventually(lambda: model.aborted == 1)
    assert len(places) == 0


async def test_a_new_question_takes_the_place_of_the_one_before(sit, model, site, owner):
    model.hold_after = 1
    bench = await sit(owner)
    await bench.ask(site, QUESTION, ask="first")
    await eventually(lambda: not model.gate.is_set())
    model.gate.set()

    await bench.ask(site, QUESTION, ask="second")

    assert (await bench.next("answer.done"))["ask"] == "second"


async def test_there_are_as_many_places_as_the_assistance_has(sit, model, site, owner, editor, settings):
    settings.ASSISTANCE_CONCURRENCY = 1
    model.hold_after = 1
    first, second = await sit(owner), await sit(editor)
    await first.ask(site, QUESTION)
    await eventually(lambda: not model.gate.is_set())

    refused = await second.answer(site, QUESTION)

    assert (refused["type"], refused["code"]) == ("answer.error", "busy")
    assert refused["retry_after"] > 0
    model.gate.set()
    await first.next("answer.done")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"question": " "}, "empty"),
        ({"question": "x" * 5000}, "too_long"),
        ({"mode": "loud"}, "invalid"),
        ({"low": 2}, "invalid"),
        ({"low": 0.9, "strong": 0.1}, "invalid"),
        ({"language": "<b>"}, "invalid"),
        ({"site": 10**30}, "not_found"),
        ({"site": "mine"}, "invalid"),
    ],
)
async def test_what_cannot_be_asked_is_refused_with_a_reason(sit, model, site, owner, asked, code):
    bench = await sit(owner)
    asked = {"site": site.pk, "question": QUESTION, **asked}
    await bench.send(type="write", kind="try", ask="a1", asked=asked)
    refused = await bench.next_of("answer.done", "answer.error")

    assert (refused["type"], refused["code"]) == ("answer.error", code)
    assert refused["detail"]
    assert model.requests == []


async def test_a_model_that_is_away_is_told(sit, model, site, owner, settings):
    settings.REPLY_PATIENCE_SECONDS = 0
    model.status = 503

    refused = await (await sit(owner)).answer(site, QUESTION)

    assert refused["code"] == "model_unavailable"


async def test_the_owner_of_another_site_gets_nothing_of_this_one(sit, model, site, stranger):
    refused = await (await sit(stranger)).answer(site, QUESTION)

    assert refused["code"] == "not_found"
    assert model.requests == []


@pytest.mark.parametrize("role", ["operator", "viewer"])
async def test_whoever_writes_neither_knowledge_nor_prompts_gets_no_socket(operator, viewer, role):
    client = await BenchClient.of({"operator": operator, "viewer": viewer}[role])
    await client.socket.connect()

    assert await client.close_code() == 4401


async def test_a_page_of_elsewhere_gets_no_socket(owner):
    client = await BenchClient.of(owner)
    stolen = BenchClient(client.session, origin=b"https://evil.example")

    connected, _code = await stolen.socket.connect()

    assert not connected


async def test_a_role_that_is_lost_ends_the_writing(sit, model, site, editor):
    model.hold_after = 1
    bench = await sit(editor)
    await bench.ask(site, QUESTION)
    await eventually(lambda: not model.gate.is_set())

    membership = await Membership.objects.aget(user=editor)
    await database_sync_to_async(membership.delete)()

    assert await bench.close_code() == 4403
    model.gate.set()
    await eventually(lambda: model.aborted == 1)


def test_the_page_offers_the_sites_whose_knowledge_one_writes(client: Client, site, other_site, editor):
    client.force_login(editor)

    page = client.get("/admin/workbench/try/")

    assert page.context["site"] == site
    assert list(page.context["sites"]) == [site]
    assert client.get("/admin/workbench/try/", {"site": other_site.pk}).status_code == 404


@pytest.mark.parametrize("role", ["operator", "viewer"])
@pytest.mark.parametrize("path", ["try", "unanswered"])
def test_others_are_not_shown_the_pages(client: Client, request, site, role, path):
    client.force_login(request.getfixturevalue(role))

    assert client.get(f"/admin/workbench/{path}/").status_code == 403
