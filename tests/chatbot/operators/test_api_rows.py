"""What a program reads and changes through the API."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Site
from chatbot.conversations import events
from chatbot.conversations.models import Conversation, Message, MessageSentiment, Visitor
from chatbot.prompts.models import PromptVersion
from tests.chatbot.conversations.sentiment.scripted_classifier import feel
from tests.chatbot.operators.conftest import talk

pytestmark = pytest.mark.django_db


def walk(client: Client, path: str, **query: Any) -> list[Any]:
    """Return the items of all pages."""
    items: list[Any] = []
    while True:
        page = client.get(path, query).json()
        items += page["items"]
        if page["next"] is None:
            return items
        query["cursor"] = page["next"]


def test_pages_hold_every_conversation_once_newest_first(crm: Client, site: Site) -> None:
    made = [talk(site, f"Question {number}").public_id for number in range(5)]
    Conversation.objects.update(updated_at=timezone.now())  # all at one moment: the ids decide
    Conversation.objects.filter(public_id=made[0]).update(updated_at=timezone.now() + timedelta(seconds=1))

    listed = [item["id"] for item in walk(crm, "/api/v1/conversations", limit=2)]

    assert listed == [made[0], *sorted(made[1:], reverse=True)]


def test_conversations_are_filtered(crm: Client, site: Site) -> None:
    old, closed, new = (talk(site, text) for text in ("old", "closed", "new"))
    Conversation.objects.filter(pk=closed.pk).update(status="closed")
    Conversation.objects.filter(pk=old.pk).update(updated_at=timezone.now() - timedelta(days=2))
    since = (timezone.now() - timedelta(days=1)).isoformat()

    def listed(**query: str) -> set[str]:
        return {item["id"] for item in crm.get("/api/v1/conversations", query).json()["items"]}

    assert listed(status="closed") == {closed.public_id}
    assert listed(updated_since=since) == {closed.public_id, new.public_id}
    assert listed(visitor=old.visitor.public_id) == {old.public_id}


def test_a_chat_that_was_only_opened_is_not_listed(crm: Client, site: Site) -> None:
    talk(site)

    assert crm.get("/api/v1/conversations").json() == {"items": [], "next": None}


def test_messages_come_oldest_first_and_events_after_a_number(crm: Client, site: Site) -> None:
    conversation = talk(site, "One", "Two", "Three")
    address = f"/api/v1/conversations/{conversation.public_id}"

    assert [item["text"] for item in walk(crm, f"{address}/messages", limit=2)] == ["One", "Two", "Three"]
    events = crm.get(f"{address}/events", {"after": 1}).json()
    assert (events["seq"], [event["seq"] for event in events["items"]]) == (3, [2, 3])
    assert crm.get(address).json()["seq"] == 3


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("conversations", {"cursor": "nonsense"}),
        ("conversations", {"cursor": "WyIyMDI2LTAxLTAxVDAwOjAwOjAwIiwgImEiXQ=="}),
        ("conversations", {"limit": "0"}),
        ("conversations", {"limit": "101"}),
        ("conversations", {"status": "asleep"}),
        ("conversations", {"updated_since": "yesterday"}),
        ("conversations", {"updated_since": "0001-01-01T00:00:00+14:00"}),
        ("conversations/short", {}),
        ("prompts", {"cursor": str(2**70)}),
        ("analytics/days", {"first": "2026-02-01", "last": "2026-01-01"}),
        ("analytics/days", {"first": "2020-01-01", "last": "2026-01-01"}),
        ("analytics/days", {"last": "9999-12-31"}),
        ("analytics/figures", {"first": "2020-01-01", "last": "2026-01-01"}),
        ("analytics/figures", {"dimension": "weather"}),
    ],
)
def test_wrong_input_is_explained(crm: Client, path: str, query: dict[str, str]) -> None:
    answer = crm.get(f"/api/v1/{path}", query)

    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


def test_programs_read_how_visitors_feel(crm: Client, site: Site) -> None:
    conversation = talk(site)
    Conversation.objects.filter(pk=conversation.pk).update(language="en")
    first = feel(conversation, "This is bad")
    events.record(conversation, "message.created", first.data())
    conversation.messages.create(author="visitor", text="unscored")
    MessageSentiment.objects.filter(message=first).update(corrected_label="neutral")
    path = f"/api/v1/conversations/{conversation.public_id}"

    scored, unscored = crm.get(f"{path}/messages").json()["items"]

    assert scored["sentiment"] == {
        **{"label": "neutral", "is_corrected": True, "negative": 0.7, "neutral": 0.2, "positive": 0.1},
        **{"language": "en", "less_certain": False, "head": "sentiment@1"},
    }
    assert unscored["sentiment"] is None
    assert crm.get(path).json()["sentiment"] == pytest.approx(-0.6)
    (event,) = crm.get(f"{path}/events").json()["items"]
    assert "sentiment" not in event["data"]


def test_a_visitor_is_erased_with_everything(crm: Client, site: Site) -> None:
    conversation = talk(site, "My address is 3 Elm Street.")
    stays = talk(site, "I stay.")

    answer = crm.delete(f"/api/v1/visitors/{conversation.visitor.public_id}")

    assert (answer.status_code, answer.content) == (204, b"")
    assert Visitor.objects.get() == stays.visitor
    assert Conversation.objects.get() == stays
    assert Message.objects.get().text == "I stay."
    assert crm.delete(f"/api/v1/visitors/{conversation.visitor.public_id}").status_code == 404


def test_a_prompt_is_published_as_the_next_version(crm: Client, site: Site, other_site: Site) -> None:
    PromptVersion.objects.write(other_site, "Not yours.")

    def publish(text: str) -> Any:
        return crm.post("/api/v1/prompts", {"text": text}, content_type="application/json")

    numbers = [publish(text).json()["number"] for text in ("Be brief.", "Be kind.", "Be kind.")]

    assert numbers == [1, 2, 2]
    assert PromptVersion.objects.current(site).text == "Be kind."
    assert [item["text"] for item in walk(crm, "/api/v1/prompts", limit=1)] == ["Be kind.", "Be brief."]
    assert crm.get("/api/v1/prompts/1").json()["text"] == "Be brief."
    assert crm.get("/api/v1/prompts/3").status_code == 404


@pytest.mark.parametrize("text", ["", "  ", "a\x00b", "x" * 20_001])
def test_a_prompt_that_says_nothing_is_refused(crm: Client, site: Site, text: str) -> None:
    answer = crm.post("/api/v1/prompts", {"text": text}, content_type="application/json")

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["where"] == "body.body.text"
    assert not PromptVersion.objects.exists()


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ("{", 400, "unreadable"),
        ("[" * 100_000, 400, "unreadable"),
        ('{"text": "\\ud800"}', 422, "invalid"),
        ('{"text": "%s"}' % ("x" * 1_100_000), 413, "too_large"),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(crm: Client, body: str, status: int, code: str) -> None:
    answer = crm.post("/api/v1/prompts", body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_unknown_addresses_and_methods_are_refused_in_the_same_shape(crm: Client) -> None:
    nowhere, wrong = crm.get("/api/v1/nowhere/"), crm.put("/api/v1/prompts")

    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    assert "GET" in wrong.headers["Allow"]
