"""The conversation as the chat keeps it: events without gaps, deltas at their offset, messages sent once."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.modules import open_modules

REDUCE = """
async (actions) => {
  const { empty, reduce } = await import("/widget/conversation.js");
  return actions.reduce(reduce, empty);
}
"""
State = dict[str, Any]


@pytest.fixture
def modules(page: Page) -> Page:
    open_modules(page)
    return page


def welcome(*events: State, streaming: list[State] | None = None, **fields: Any) -> State:
    frame = {"type": "welcome", "conversation": "c", "seq": len(events), "events": list(events)}
    return {**frame, "streaming": streaming or [], **fields}


def event(seq: int, kind: str, **data: Any) -> State:
    return {"type": "event", "seq": seq, "kind": kind, "data": data}


def question(seq: int = 1, **data: Any) -> State:
    defaults = {"id": "q", "author": "visitor", "text": "Hi", "status": "completed", "client_id": "k"}
    return event(seq, "message.created", **{**defaults, **data})


def answer(seq: int = 2, **data: Any) -> State:
    defaults = {"id": "a", "author": "assistant", "text": "", "status": "pending", "client_id": None}
    return event(seq, "message.created", **{**defaults, **data})


def delta(offset: int, text: str, message: str = "a") -> State:
    return {"type": "delta", "message": message, "offset": offset, "text": text}


def reduced(modules: Page, *actions: State) -> State:
    return dict(modules.evaluate(REDUCE, list(actions)))


def test_deltas_that_fit_are_appended(modules: Page) -> None:
    state = reduced(modules, welcome(question(), answer()), delta(0, "He"), delta(2, "llo"))
    assert state["messages"][1]["text"] == "Hello"
    assert state["messages"][1]["status"] == "streaming"
    assert not state["stale"]


def test_offsets_count_characters_not_utf_16_units(modules: Page) -> None:
    state = reduced(modules, welcome(question(), answer()), delta(0, "😀你"), delta(2, "!"))
    assert state["messages"][1]["text"] == "😀你!"
    assert not state["stale"]


def test_a_delta_that_is_known_already_changes_nothing(modules: Page) -> None:
    state = reduced(modules, welcome(question(), answer()), delta(0, "Hello"), delta(2, "ll"))
    assert state["messages"][1]["text"] == "Hello"
    assert not state["stale"]


def test_a_gap_in_the_text_is_not_guessed_at(modules: Page) -> None:
    state = reduced(modules, welcome(question(), answer()), delta(3, "lo"))
    assert state["messages"][1]["text"] == ""
    assert state["stale"]


def test_a_delta_for_an_unknown_message_asks_for_what_is_missing(modules: Page) -> None:
    assert reduced(modules, welcome(question()), delta(0, "Hello"))["stale"]


def test_a_gap_in_the_events_asks_for_what_is_missing(modules: Page) -> None:
    state = reduced(modules, welcome(question()), answer(seq=3))
    assert state["stale"]
    assert state["seq"] == 1


def test_an_event_that_comes_twice_counts_once(modules: Page) -> None:
    state = reduced(modules, welcome(question()), question(), answer(), answer())
    assert [message["id"] for message in state["messages"]] == ["q", "a"]


def test_the_finished_text_is_the_truth(modules: Page) -> None:
    done = event(3, "message.completed", id="a", author="assistant", text="Hello!", status="completed")
    state = reduced(modules, welcome(question(), answer()), delta(0, "Hel"), done)
    assert state["messages"][1]["text"] == "Hello!"
    assert state["messages"][1]["status"] == "completed"


def test_a_welcome_replaces_the_text_so_far(modules: Page) -> None:
    again = welcome(seq=2, streaming=[{"message": "a", "text": "Hello th"}])
    state = reduced(modules, welcome(question(), answer()), delta(0, "He"), again, delta(8, "ere"))
    assert state["messages"][1]["text"] == "Hello there"


def test_a_sent_message_stands_at_once_and_once(modules: Page) -> None:
    queued = {"type": "queued", "clientId": "k", "text": "Hi", "at": "2026-01-01T00:00:00Z"}
    waiting = reduced(modules, welcome(), queued)["messages"]
    assert [(message["text"], message["delivery"]) for message in waiting] == [("Hi", "sending")]
    confirmed = reduced(modules, welcome(), queued, question())["messages"]
    assert [(message["id"], message["delivery"]) for message in confirmed] == [("q", "sent")]


def test_a_refused_message_can_be_sent_again(modules: Page) -> None:
    queued = {"type": "queued", "clientId": "k", "text": "Hi", "at": "2026-01-01T00:00:00Z"}
    unsent = {"type": "unsent", "clientId": "k", "delivery": "failed", "reason": "No."}
    assert reduced(modules, welcome(), queued, unsent)["messages"][0]["delivery"] == "failed"
    assert reduced(modules, welcome(), queued, unsent, queued)["messages"][0]["delivery"] == "sending"


def test_unsent_messages_outlive_a_welcome_to_another_conversation(modules: Page) -> None:
    queued = {"type": "queued", "clientId": "k", "text": "Hi", "at": "2026-01-01T00:00:00Z"}
    state = reduced(modules, queued, welcome(question(client_id="other", text="Old")))
    assert [message["text"] for message in state["messages"]] == ["Old", "Hi"]


def test_a_replacement_takes_the_place_of_the_old_answer(modules: Page) -> None:
    state = reduced(modules, welcome(question(), answer()), answer(seq=3, id="b", replaces="a"))
    assert [message["id"] for message in state["messages"]] == ["q", "b"]


def test_feedback_is_kept(modules: Page) -> None:
    rated = event(3, "message.feedback", id="a", feedback="up")
    assert reduced(modules, welcome(question(), answer()), rated)["messages"][1]["feedback"] == "up"


def test_a_server_that_knows_less_is_believed(modules: Page) -> None:
    restored = welcome(question(text="Older"), reset=True)
    state = reduced(modules, welcome(question(), answer()), restored)
    assert [message["text"] for message in state["messages"]] == ["Older"]
    assert state["seq"] == 1


def test_an_unknown_kind_of_event_is_passed_over(modules: Page) -> None:
    state = reduced(modules, welcome(question()), event(2, "visitor.waved"), answer(seq=3))
    assert state["seq"] == 3
    assert not state["stale"]


def test_whose_turn_it_is_follows_from_the_events(modules: Page) -> None:
    steps = [
        event(1, "handoff.requested", turn="waiting", online=False, opens_at="2026-01-01T09:00:00Z"),
        event(2, "contact.left"),
        event(3, "operator.joined", turn="operator", name="Ada"),
        event(4, "operator.left", turn="assistant", name="Ada"),
        event(5, "conversation.closed", turn="assistant", by="operator"),
        event(6, "conversation.rated", score=4),
    ]
    seen = [reduced(modules, welcome(*steps[:count])) for count in range(len(steps) + 1)]

    assert [state["turn"] for state in seen] == [
        *("assistant", "waiting", "waiting", "operator", "assistant", "assistant", "assistant")
    ]
    assert [state["operator"] for state in seen] == [None, None, None, "Ada", None, None, None]
    assert seen[1]["opensAt"] and not seen[1]["online"] and seen[2]["contactLeft"]
    assert seen[5]["closed"] and seen[5]["rated"] is None and seen[6]["rated"] == 4


def test_an_operators_message_carries_the_name(modules: Page) -> None:
    said = event(1, "message.created", id="o", author="operator", text="Hi", name="Ada", status="completed")
    assert reduced(modules, welcome(said))["messages"][0]["name"] == "Ada"
