"""How an answer that was given came about, and who is shown that."""

import pytest
from django.test import Client

from accounts.models import AuditEntry
from chatbot.knowledge.models import Document, Passage, Source
from chatbot.operators.workbench import given_answers
from chatbot.operators.workbench.given_answers import Choice
from chatbot.prompts.models import PromptVersion
from tests.chatbot.operators.workbench.bench import answered

pytestmark = pytest.mark.django_db

EVIL = "<script>alert(1)</script>"
TEXT = "Lamps travel for two days."


@pytest.fixture
def document(site) -> Document:
    source = Source.objects.create(site=site, kind="text", name="Delivery")
    return Document.objects.create(site=site, source=source, title="Delivery", text=TEXT)


@pytest.fixture
def answer(site, document):
    passage = Passage.objects.create(site=site, document=document, position=0, text=TEXT)
    found = {"passage": passage.public_id, "document": document.public_id, "title": "Delivery", "text": TEXT}
    return answered(
        site,
        "Where is my lamp?",
        "It travels.",
        message={"sources": [{"number": 1, "title": "Delivery", "url": ""}]},
        kind="checked",
        mode="checked",
        confidence=0.62,
        low=0.35,
        strong=0.8,
        query="lamp where",
        passages=[{**found, "vector": 0.91, "lexical": 0.44, "score": 0.73, "cited": True}],
        sentences=[
            {"text": "It travels.", "supported": True, "passages": [1], "score": 0.9, "sent": True},
            {"text": "It is free.", "supported": False, "passages": [], "score": 0.1, "sent": False},
        ],
        prompt=[{"role": "system", "content": "Be kind."}, {"role": "user", "content": "Where?"}],
        timings={"encode": 11.4, "search": 2.0},
        total_ms=300,
    )


def page(client: Client, person, message) -> str:
    client.force_login(person)
    return client.get(f"/admin/workbench/answers/{message.public_id}/").text


def test_the_page_shows_all_that_was_stored(client: Client, answer, owner):
    html = page(client, owner, answer)

    for words in ("0.44", "0.91", "0.73", "Confidence 0.62", "answers from 0.35", "word for word from 0.80"):
        assert words in html, words
    for words in (TEXT, "lamp where", "Be kind.", "Not supported", "Dropped", "Cited", "11.4 ms", "300 ms"):
        assert words in html, words
    assert '<a href="#bench-passage-1">1</a>' in html
    assert 'width="62.0"' in html and 'x="35.0"' in html and 'x="80.0"' in html


def test_the_document_is_linked_for_those_who_may_open_it(client: Client, answer, document, owner, viewer):
    link = f"/admin/knowledge/document/{document.pk}/change/"

    assert link in page(client, owner, answer)
    assert link not in page(client, viewer, answer)


def test_a_passage_that_was_deleted_since_is_shown_by_its_stored_text(
    client: Client, answer, document, owner
):
    link = f"/admin/knowledge/document/{document.pk}/change/"
    document.delete()

    html = page(client, owner, answer)

    assert TEXT in html and "Deleted or replaced since" in html
    assert link not in html


def test_an_answer_of_an_earlier_version_is_shown_as_far_as_it_is_known(client: Client, site, owner):
    old = answered(site, "Hello?", passages=["strange", {"text": None}])

    assert "Hello?" in page(client, owner, old)


def test_texts_are_never_html(client: Client, site, owner):
    fields = {"passages": [{"title": EVIL, "text": EVIL, "url": EVIL, "question": EVIL, "heading": EVIL}]}
    fields |= {"sentences": [{"text": EVIL}], "prompt": [{"role": EVIL, "content": EVIL}], "query": EVIL}
    evil = answered(
        site, EVIL, EVIL, message={"sources": [{"title": EVIL, "url": EVIL}]}, kind=EVIL[:12], **fields
    )

    assert EVIL not in page(client, owner, evil)


def test_reading_it_is_recorded_as_reading_the_conversation(client: Client, answer, viewer):
    page(client, viewer, answer)

    entry = AuditEntry.objects.get(kind="conversation.read")
    assert entry.about_id == answer.conversation.public_id


@pytest.mark.parametrize("role", ["editor", "stranger"])
def test_for_who_may_not_read_the_conversation_there_is_no_such_answer(client: Client, request, answer, role):
    client.force_login(request.getfixturevalue(role))

    assert client.get(f"/admin/workbench/answers/{answer.public_id}/").status_code == 404
    assert not AuditEntry.objects.filter(kind="conversation.read").exists()


def test_a_message_without_a_trace_has_no_page(client: Client, answer, owner):
    client.force_login(owner)

    assert client.get(f"/admin/workbench/answers/{answer.answers.public_id}/").status_code == 404


def test_the_inbox_links_every_answer_to_its_page(client: Client, answer, operator):
    client.force_login(operator)

    html = client.get(f"/admin/inbox/{answer.conversation.public_id}/").text

    assert f"/admin/workbench/answers/{answer.public_id}/" in html


def test_answers_are_listed_newest_first_and_page_by_page(site, other_site):
    answers = [answered(site, f"Question {number}") for number in range(5)]
    answered(other_site, "Elsewhere")

    first = given_answers.page(site, Choice(), size=3)
    second = given_answers.page(site, Choice(), first.next_before, size=3)

    shown = [trace.message for trace in (*first.traces, *second.traces)]
    assert shown == answers[::-1]
    assert second.next_before is None


def test_answers_are_narrowed_by_kind_prompt_and_model(site):
    version = PromptVersion.objects.write(site, "Be kind.")
    by_kind = answered(site, "One?", kind="unknown")
    by_prompt = answered(site, "Two?", prompt_version=version)
    by_model = answered(site, "Three?", language_model="tiny@7")

    def found(choice: Choice) -> list:
        return [trace.message for trace in given_answers.page(site, choice).traces]

    assert found(Choice(kind="unknown")) == [by_kind]
    assert found(Choice(prompt_version=version.pk)) == [by_prompt]
    assert found(Choice(language_model="tiny@7")) == [by_model]
    assert given_answers.offered(site) == ([version], ["tiny@7"])


@pytest.mark.parametrize(
    "query", ["kind=loud", "prompt=x", f"prompt={10**30}", "model=%00", "before=x", f"before={10**30}"]
)
def test_what_the_address_cannot_mean_narrows_nothing(client: Client, site, owner, query):
    answered(site, "Where is my lamp?")
    client.force_login(owner)

    assert "Where is my lamp?" in client.get(f"/admin/workbench/answers/?{query}").text


def test_the_list_is_for_those_who_read_conversations(client: Client, site, other_site, editor, stranger):
    answered(site, "Where is my lamp?")

    client.force_login(editor)
    assert client.get("/admin/workbench/answers/").status_code == 403
    client.force_login(stranger)
    assert "Where is my lamp?" not in client.get("/admin/workbench/answers/").text
    assert client.get(f"/admin/workbench/answers/?site={site.pk}").status_code == 404
