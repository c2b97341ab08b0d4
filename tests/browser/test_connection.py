"""How the chat comes back: spread over time, not held up by silence, and asking for what is missing."""

import pytest
from playwright.sync_api import Page, Route

from tests.browser.modules import ORIGIN, open_modules

WAITS = """
async () => {
  const { Connection } = await import("/widget/connection.js");
  const waits = [];
  const connection = new Connection({}, () => ({ conversation: null, after: 0 }));
  connection.open = () => {};
  connection.addEventListener("status", () => waits.push((connection.retryAt - Date.now()) / 1000));
  for (let round = 0; round < 50; round += 1) {
    connection.attempts = 0;
    for (let attempt = 0; attempt < 9; attempt += 1) connection.closed(1006);
  }
  connection.detach();
  return waits;
}
"""

WAKE = """
async (event) => {
  const { Connection } = await import("/widget/connection.js");
  const sent = [];
  const connection = new Connection({}, () => ({ conversation: "c", after: 7 }));
  connection.socket = { send: (text) => sent.push(JSON.parse(text)), close() {} };
  connection.report("open");
  if (event === "visibilitychange") document.dispatchEvent(new Event(event));
  else if (event === "pageshow") window.dispatchEvent(new PageTransitionEvent(event, { persisted: true }));
  else window.dispatchEvent(new Event(event));
  connection.detach();
  return sent;
}
"""

# A hundredth of the time limit, which is the browser's own.
TICKET = """
async () => {
  const data = document.getElementById("page-data");
  const given = { site: { key: "demo" }, paths: { tickets: "/tickets" } };
  data.textContent = JSON.stringify({ ...JSON.parse(data.textContent), ...given });
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  AbortSignal.timeout = (milliseconds) => timeout(milliseconds / 100);
  const { obtainTicket } = await import("/widget/backend.js");
  return obtainTicket({ get: () => ({ secret: "s" }) }).catch((error) => error.name);
}
"""

OUTBOX = """
async (steps) => {
  const { Outbox } = await import("/widget/outbox.js");
  const { SiteStorage } = await import("/widget/storage.js");
  const outbox = new Outbox(new SiteStorage("site"));
  for (const [name, ...given] of steps) outbox[name](...given);
  return outbox.all();
}
"""


@pytest.fixture
def modules(page: Page) -> Page:
    open_modules(page)
    return page


def test_waiting_times_have_full_jitter_and_grow_to_thirty_seconds(modules: Page) -> None:
    waits = modules.evaluate(WAITS)
    for attempt in range(9):
        bound = min(30, 0.5 * 2**attempt)
        drawn = waits[attempt::9]
        assert len(drawn) == 50 and all(-0.05 <= wait <= bound for wait in drawn)
        # Fifty even draws of which none lies in the lowest, or in the highest, fifth: once in 70,000 times.
        assert min(drawn) < bound / 5 and max(drawn) > bound * 4 / 5


@pytest.mark.parametrize("event", ["visibilitychange", "pageshow", "online"])
def test_a_tab_that_wakes_up_asks_for_what_it_missed(modules: Page, event: str) -> None:
    assert modules.evaluate(WAKE, event) == [{"type": "resync", "after": 7}]


def test_a_request_that_vanishes_does_not_hold_the_chat_up(modules: Page) -> None:
    swallowed: list[Route] = []
    modules.route(f"{ORIGIN}/tickets", lambda route: swallowed.append(route))

    assert modules.evaluate(TICKET) == "TimeoutError"
    assert len(swallowed) == 1


def test_messages_find_the_conversation_that_they_were_written_for(modules: Page) -> None:
    early = {"clientId": "1", "text": "a", "conversation": None}
    lost = {"clientId": "2", "text": "b", "conversation": "gone"}
    other = {"clientId": "3", "text": "c", "conversation": "other"}
    added = [["add", message] for message in (early, lost, other)]

    adopted = modules.evaluate(OUTBOX, [*added, ["adopt", "new", "gone"]])

    assert [message["conversation"] for message in adopted] == ["new", "new", "other"]


def test_no_message_is_pushed_out_by_others(modules: Page) -> None:
    steps = [["add", {"clientId": str(n), "text": "x", "conversation": "c"}] for n in range(100)]

    assert len(modules.evaluate(OUTBOX, steps)) == 100
