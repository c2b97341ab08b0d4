"""A snapshot and events that come in any order, twice or not at all make what a fresh snapshot is.

Hypothesis invents what happens in a conversation and what the network does to its frames. The widget's own
reducer, in Chromium, and the Python client's keep the conversation; as soon as either asks for what is
missing, it gets it, and both must end with what a client reads that has only just come.
"""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from playwright.sync_api import Page

from benchmarks.transcript import Transcript
from tests.browser.modules import open_modules

Frame = dict[str, Any]

CONVERSATION = "c"
# Letters of one, two and four bytes, and one of two UTF-16 units.
TEXTS = st.text("aé你😀 ", min_size=1, max_size=5)
FINISHED = ("completed", "failed", "stopped")
# What may happen beside messages, with whose turn it is then; a client ignores a kind that it does not know.
HAPPENINGS: dict[str, Frame] = {
    "handoff.requested": {
        "turn": "waiting",
        "reason": "words",
        "online": False,
        "opens_at": "2026-01-01T09:00Z",
    },
    "handoff.withdrawn": {"turn": "assistant"},
    "operator.joined": {"turn": "operator", "name": "Ada"},
    "operator.left": {"turn": "assistant", "name": "Ada"},
    "contact.left": {},
    "conversation.merged": {"into": "another"},
    "conversation.rated": {"score": 4},
    "visitor.waved": {"name": "Ada"},
}

PLAY = """
async ({ steps, texts }) => {
  const { empty, reduce } = await import("/widget/conversation.js");
  const asked = [];
  const answer = ({ events, ...snapshot }, after) =>
    ({ ...snapshot, events: events.filter(({ seq }) => seq > after) });
  const isReal = ({ author, id, text }) => author !== "assistant" || texts[id].startsWith(text);
  let state = empty;
  let wrong = null;
  for (const { act, ask, welcome } of steps) {
    if (ask) asked.push(answer(ask, state.seq));
    else state = reduce(state, act ?? asked[welcome]);
    wrong ??= state.messages.find((message) => !isReal(message)) ?? null;
  }
  const fresh = reduce(empty, answer(steps.at(-2).ask, 0));
  const shown = ({ messages, typing, ...state }) =>
    ({ ...state, messages: messages.filter((message) => message.delivery !== "sending") });
  return { wrong, state: shown(state), fresh: shown(fresh) };
}
"""


class AnyOrder(RuleBasedStateMachine):
    """A server that speaks the truth, a network that does what it likes, and what a client did of it."""

    def __init__(self, page: Page) -> None:
        super().__init__()
        self.page = page
        self.events: list[Frame] = []
        self.sent: list[Frame] = []
        self.delivered = 0
        self.messages: dict[str, Frame] = {}
        self.writing: list[str] = []
        self.answered: list[str] = []
        self.waiting: list[Frame] = []
        self.closed = False
        self.steps: list[Frame] = []
        self.asked = 0
        self.ask_what_is_missing()
        self.welcome(0)

    @rule(text=TEXTS)
    def another_tab_sends(self, text: str) -> None:
        if not self.closed:
            self._take({"clientId": f"k{len(self.messages)}", "text": text})

    @rule(text=TEXTS)
    def write(self, text: str) -> None:
        message = {"type": "queued", "clientId": f"w{len(self.steps)}", "text": text, "at": "2026-01-01"}
        self.waiting.append(message)
        self._act(message)

    @precondition(lambda self: self.waiting and not self.closed)
    @rule(data=st.data())
    def the_server_takes_one(self, data: st.DataObject) -> None:
        self._take(self.waiting.pop(self._index(data, self.waiting)))

    @precondition(lambda self: self.writing)
    @rule(text=TEXTS)
    def an_answer_grows(self, text: str) -> None:
        message = self.messages[self.writing[0]]
        delta = {"type": "delta", "message": message["id"], "offset": len(message["text"]), "text": text}
        message |= {"text": message["text"] + text, "status": "streaming"}
        self.sent.append(delta)

    @precondition(lambda self: self.writing)
    @rule(outcome=st.sampled_from(FINISHED))
    def an_answer_ends(self, outcome: str) -> None:
        message = self.messages[self.writing.pop(0)]
        message |= {"status": outcome, "error": "model_unavailable" if outcome == "failed" else None}
        self.answered.append(message["id"])
        self._record(f"message.{outcome}", dict(message))

    @precondition(lambda self: self.answered and not self.writing and not self.closed)
    @rule()
    def the_newest_answer_is_written_again(self) -> None:
        old = self.messages[self.answered[-1]]
        self._reply(old["answers"], replaces=old["id"])

    @precondition(lambda self: self.answered)
    @rule(data=st.data(), value=st.sampled_from(["up", "down", None]))
    def an_answer_is_rated(self, data: st.DataObject, value: str | None) -> None:
        message = self.messages[self.answered[self._index(data, self.answered)]]
        message["feedback"] = value
        self._record("message.feedback", {"id": message["id"], "feedback": value})

    @rule(kind=st.sampled_from(sorted(HAPPENINGS)))
    def something_else_happens(self, kind: str) -> None:
        self._record(kind, dict(HAPPENINGS[kind]))

    @precondition(lambda self: not self.closed)
    @rule(text=TEXTS)
    def an_operator_says(self, text: str) -> None:
        self._record("message.created", self._message("operator", text=text, name="Ada"))

    @precondition(lambda self: self.closed)
    @rule()
    def the_conversation_begins_again(self) -> None:
        self.closed = False
        self._record("conversation.reopened", {"by": "operator"})

    @precondition(lambda self: not self.closed and len(self.events) > 6)
    @rule()
    def the_conversation_ends(self) -> None:
        self.closed = True
        self._record("conversation.closed", {"by": "visitor", "turn": "assistant"})

    @precondition(lambda self: self.delivered < len(self.sent))
    @rule(count=st.integers(1, 4))
    def frames_arrive_in_order(self, count: int) -> None:
        for frame in self.sent[self.delivered : self.delivered + count]:
            self._act(frame)
        self.delivered = min(len(self.sent), self.delivered + count)

    @precondition(lambda self: self.delivered < len(self.sent))
    @rule(count=st.integers(1, 4))
    def frames_are_lost(self, count: int) -> None:
        self.delivered = min(len(self.sent), self.delivered + count)

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def any_frame_arrives(self, data: st.DataObject) -> None:
        self._act(self.sent[self._index(data, self.sent)])

    @rule()
    def a_pong_arrives(self) -> None:
        self._act({"type": "pong", "seq": len(self.events)})

    @rule()
    def ask_what_is_missing(self) -> None:
        streaming = [{"message": name, "text": self.messages[name]["text"]} for name in self.writing]
        snapshot = {"type": "welcome", "conversation": CONVERSATION, "seq": len(self.events)}
        self.steps.append({"ask": {**snapshot, "events": list(self.events), "streaming": streaming}})
        self.asked += 1

    @rule(data=st.data())
    def a_welcome_arrives(self, data: st.DataObject) -> None:
        self.welcome(data.draw(st.integers(0, self.asked - 1)))

    def welcome(self, which: int) -> None:
        self.steps.append({"welcome": which})

    def teardown(self) -> None:
        """Ask once more, with all that happened behind, and compare."""
        self.ask_what_is_missing()
        self.welcome(self.asked - 1)
        texts = {name: message["text"] for name, message in self.messages.items()}
        played = self.page.evaluate(PLAY, {"steps": self.steps, "texts": texts})
        assert played["wrong"] is None
        assert played["state"] == played["fresh"]
        assert played["state"]["seq"] == len(self.events) and not played["state"]["stale"]
        self._check_python_client(texts)

    def _check_python_client(self, texts: dict[str, str]) -> None:
        client, fresh, asked = Transcript(), Transcript(), list[Frame]()
        for step in self.steps:
            if "ask" in step:
                asked.append(_after(step["ask"], client.seq))
            else:
                client.apply(step["act"] if "act" in step else asked[step["welcome"]])
            for name, message in client.messages.items():
                assert message["author"] != "assistant" or texts[name].startswith(message["text"])
        fresh.apply(_after(self.steps[-2]["ask"], 0))
        assert client == fresh and list(client.messages) == list(fresh.messages)

    def _act(self, action: Frame) -> None:
        # A copy: what is sent does not change with what the server does next.
        self.steps.append({"act": dict(action)})

    def _record(self, kind: str, data: Frame) -> None:
        event = {"type": "event", "seq": len(self.events) + 1, "kind": kind, "data": data}
        self.events.append(event)
        self.sent.append(event)

    def _take(self, message: Frame) -> None:
        question = self._message("visitor", text=message["text"], client_id=message["clientId"])
        self._record("message.created", question)
        self._reply(question["id"])

    def _reply(self, question: str, replaces: str | None = None) -> None:
        reply = self._message("assistant", status="pending", answers=question, replaces=replaces)
        self.writing.append(reply["id"])
        self._record("message.created", dict(reply))

    def _message(self, author: str, **fields: Any) -> Frame:
        message = {
            "id": f"m{len(self.messages)}",
            "author": author,
            "text": "",
            "status": "completed",
            **dict.fromkeys(("name", "client_id", "answers", "replaces", "feedback", "error")),
            "sources": [],
            "offers_person": False,
            "created_at": f"2026-01-01T00:00:{len(self.messages):02}Z",
            **fields,
        }
        self.messages[message["id"]] = message
        return message

    @staticmethod
    def _index(data: st.DataObject, things: list[Any]) -> int:
        return int(data.draw(st.integers(0, len(things) - 1)))


def _after(snapshot: Frame, seq: int) -> Frame:
    return {**snapshot, "events": [event for event in snapshot["events"] if event["seq"] > seq]}


@pytest.mark.browser
def test_any_order_of_frames_ends_as_a_fresh_snapshot(page: Page, full_faults: bool) -> None:
    open_modules(page)
    machine: Callable[[], RuleBasedStateMachine] = lambda: AnyOrder(page)  # noqa: E731  the page is a fixture
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        machine,
        settings=settings(
            max_examples=500 if full_faults else 50,
            stateful_step_count=60,
            deadline=None,
            database=None,
            derandomize=not full_faults,
            suppress_health_check=list(HealthCheck),
        ),
    )
